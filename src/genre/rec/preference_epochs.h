// What users have chosen beside what they have not: the pairs that pairwise losses learn from. Source: Rendle,
// Freudenthaler, Gantner and Schmidt-Thieme, "BPR: Bayesian personalized ranking from implicit feedback" (UAI 2009).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "genre/linalg/csr.h"
#include "genre/neural/bpr_loss.h"

namespace genre {

// Memory: 12 bytes an interaction.
class PreferenceEpochs {
 public:
  // `interactions` (U x I) must outlive this. Users who have all items prefer none to another and are left out.
  PreferenceEpochs(const CsrMatrix& interactions, std::uint64_t seed);

  // Every interaction once, in an order drawn anew, with an item drawn uniformly from those that the user has not; the
  // same for any number of threads. Valid until the next call; epochs are asked for in the order 0, 1, ...
  std::span<const neural::Preference> draw(int epoch);

 private:
  const CsrMatrix& interactions_;
  std::uint64_t seed_;
  std::vector<neural::Preference> preferences_;
};

}  // namespace genre
