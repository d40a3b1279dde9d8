#include "genre/lm/batch_plan.h"

#include <algorithm>
#include <numeric>

namespace genre {

BatchPlan plan_batches(std::span<const std::int32_t> lengths, std::int64_t tokens, int threads) {
  BatchPlan plan;
  plan.order.resize(lengths.size());
  std::iota(plan.order.begin(), plan.order.end(), 0);
  std::ranges::stable_sort(plan.order, [&](std::int32_t a, std::int32_t b) { return lengths[a] > lengths[b]; });
  const std::int64_t total = std::accumulate(lengths.begin(), lengths.end(), std::int64_t{0});
  const std::int64_t limit = std::min(tokens, (total + threads - 1) / threads);
  plan.starts = {0};
  std::int64_t filled = 0;
  for (std::size_t i = 0; i < plan.order.size(); ++i) {
    const std::int64_t length = lengths[plan.order[i]];
    if (filled > 0 && filled + length > limit) {
      plan.starts.push_back(static_cast<std::int32_t>(i));
      filled = 0;
    }
    filled += length;
  }
  if (!plan.order.empty()) plan.starts.push_back(static_cast<std::int32_t>(plan.order.size()));
  return plan;
}

}  // namespace genre
