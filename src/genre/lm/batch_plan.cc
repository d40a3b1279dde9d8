#include "genre/lm/batch_plan.h"

#include <algorithm>
#include <numeric>

namespace genre {

BatchPlan plan_batches(std::span<const std::int32_t> lengths, std::int64_t tokens, int threads) {
  BatchPlan plan;
  plan.starts = {0};
  plan.order.resize(lengths.size());
  std::iota(plan.order.begin(), plan.order.end(), 0);
  std::ranges::stable_sort(plan.order, [&](std::int32_t a, std::int32_t b) { return lengths[a] > lengths[b]; });
  std::int64_t rest = std::accumulate(lengths.begin(), lengths.end(), std::int64_t{0});
  // What the next batch gets where the rest goes into as few batches as every thread gets as many of.
  const auto share = [&] {
    const auto before = std::ssize(plan.starts) - 1;
    const std::int64_t least = std::max<std::int64_t>(1, (rest + tokens - 1) / tokens);
    const std::int64_t batches = (before + least + threads - 1) / threads * threads - before;
    return (rest + batches - 1) / batches;
  };
  std::int64_t filled = 0, wanted = share();
  for (std::size_t i = 0; i < plan.order.size(); ++i) {
    const std::int64_t length = lengths[plan.order[i]];
    const bool nearer_without = filled + length - wanted > wanted - filled;
    if (i > 0 && (filled + length > tokens || nearer_without)) {
      plan.starts.push_back(static_cast<std::int32_t>(i));
      rest -= filled;
      filled = 0;
      wanted = share();
    }
    filled += length;
  }
  if (!plan.order.empty()) plan.starts.push_back(static_cast<std::int32_t>(plan.order.size()));
  return plan;
}

}  // namespace genre
