// A trained run as a policy that draws one item: with probability softmax(score / temperature).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "genre/engine/artifact.h"

namespace genre {

struct RunPolicyOptions {
  double temperature = 1;  // > 0; the lower, the surer of the best item
  bool unseen = false;     // never an item that the run knows the user to have seen, as the service does
};

class RunPolicy {
 public:
  // The artifact outlives the policy. Throws Error(kUsage) for a temperature out of range.
  RunPolicy(const Artifact& artifact, const RunPolicyOptions& options);

  struct Distribution {
    bool personal = false;               // false: nothing is known of the user, so items go by how many liked them
    std::span<const std::int32_t> seen;  // items that the run knows the user to have seen
    std::vector<float> scores;           // I; kMasked where an item cannot be drawn
  };
  Distribution distribution(std::string_view user) const;

  // Probabilities over `candidates` (item numbers; -1: not in the catalogue, probability 0), or over the catalogue
  // where there are none; they add up to 1, or are all 0 where nothing can be drawn. Both are thread-safe.
  std::vector<double> probabilities(const Distribution& distribution,
                                    std::optional<std::span<const std::int32_t>> candidates) const;

 private:
  const Artifact& artifact_;
  RunPolicyOptions options_;
  std::vector<float> log_popularity_;  // log of 1 + the users who liked an item
};

}  // namespace genre
