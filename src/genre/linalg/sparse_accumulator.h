// Sums of sparse vectors, one after another: a dense row of sums that is all zero between uses (Gilbert, Moler and
// Schreiber, "Sparse matrices in MATLAB", SIAM J. Matrix Anal. Appl. 1992).
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace genre {

// One thread. Memory: 8 size bytes, and 4 for each index in use.
class SparseAccumulator {
 public:
  explicit SparseAccumulator(std::int64_t size) : sums_(size, 0.0) {}

  // Before the first add: how many elements will be added. Many: drain() looks at every index; few: at those in use.
  void expect(std::int64_t additions) { scan_ = additions >= static_cast<std::int64_t>(sums_.size()) / 8; }

  // sums[indices[n]] += factor * values[n]; no index twice in one call. Empty values: all 1.
  void add(double factor, std::span<const std::int32_t> indices, std::span<const float> values);

  // visit(index, sum) for the sums that are not 0, indices ascending; all sums are 0 afterwards.
  template <class Visit>
  void drain(const Visit& visit) {
    if (scan_) {
      for (std::size_t i = 0; i < sums_.size(); ++i)
        if (sums_[i] != 0) visit(static_cast<std::int32_t>(i), std::exchange(sums_[i], 0.0));
      return;
    }
    std::sort(used_.begin(), used_.end());  // an index is here twice when its sum came back to 0 on the way
    for (const std::int32_t i : used_)
      if (sums_[i] != 0) visit(i, std::exchange(sums_[i], 0.0));
    used_.clear();
  }

 private:
  std::vector<double> sums_;
  std::vector<std::int32_t> used_;
  bool scan_ = true;
};

}  // namespace genre
