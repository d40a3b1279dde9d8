#include "genre/linalg/sparse_accumulator.h"

#include <cassert>

namespace genre {

void SparseAccumulator::add(double factor, std::span<const std::int32_t> indices, std::span<const float> values) {
  assert(values.empty() || values.size() == indices.size());
  double* const sums = sums_.data();
  const std::int32_t* const at = indices.data();
  const std::size_t count = indices.size();
  if (!scan_)
    for (const std::int32_t i : indices)
      if (sums[i] == 0) used_.push_back(i);
  if (values.empty())
    for (std::size_t n = 0; n < count; ++n) sums[at[n]] += factor;
  else
    for (std::size_t n = 0; n < count; ++n) sums[at[n]] += factor * values[n];
}

}  // namespace genre
