// Beginnings that prompts share, computed once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <span>
#include <vector>

#include "genre/lm/kv_cache.h"

namespace genre {

struct PromptPrefix {
  std::vector<std::int32_t> ids;
  std::shared_ptr<const KvCache> cache;  // of exactly these tokens
};

// The prefixes used last, and the rule by which a prompt's beginning becomes one. Not thread-safe.
class PromptPrefixes {
 public:
  static constexpr std::size_t kShortest = 16;  // fewer tokens in common are not worth a prefix
  static constexpr std::size_t kKept = 8;       // prefixes; those unused for longest are forgotten

  // The longest known prefix that leaves at least one token of the prompt, as its last user; empty ids: none.
  PromptPrefix longest(std::span<const std::int32_t> prompt);
  void add(PromptPrefix prefix);

  // Up to where the prompt is worth a new prefix: what it has in common with those of `others` and of the latest
  // prompts that share at least kShortest tokens beyond its `known` first ones, with all of them. `known` when there
  // are none.
  std::size_t worth_sharing(std::span<const std::int32_t> prompt, std::size_t known,
                            std::span<const std::span<const std::int32_t>> others) const;
  // Remembers the prompt among the latest.
  void saw(std::span<const std::int32_t> prompt);

 private:
  std::list<PromptPrefix> kept_;  // last used first
  std::deque<std::vector<std::int32_t>> latest_;
};

}  // namespace genre
