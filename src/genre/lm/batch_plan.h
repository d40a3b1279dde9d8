// How many texts go through the encoder together.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace genre {

// Positions of the texts in the order of their lengths, longest first, cut into batches of at most `tokens` tokens (one
// text alone may have more). As far as texts allow, batches are of one size and as many for each thread as for the
// next.
struct BatchPlan {
  std::vector<std::int32_t> order;
  std::vector<std::int32_t> starts;  // batch b is order[starts[b], starts[b + 1])
  std::size_t batches() const { return starts.size() - 1; }
};

BatchPlan plan_batches(std::span<const std::int32_t> lengths, std::int64_t tokens, int threads);

}  // namespace genre
