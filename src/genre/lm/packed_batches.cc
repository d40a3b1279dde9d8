#include "genre/lm/packed_batches.h"

#include <mutex>

#include "genre/base/interrupt.h"
#include "genre/base/thread_pool.h"
#include "genre/lm/batch_plan.h"

namespace genre {
namespace {

constexpr std::int64_t kBatchTokens = 1024;

}  // namespace

void for_each_batch(std::span<const std::vector<std::int32_t>> ids, std::span<const std::vector<std::int32_t>> segments,
                    const std::function<void(std::span<const std::int32_t>, const PackedTokens&)>& body,
                    const std::function<void(std::int64_t)>& progress) {
  std::vector<std::int32_t> lengths;
  lengths.reserve(ids.size());
  for (const auto& sequence : ids) lengths.push_back(static_cast<std::int32_t>(sequence.size()));
  const BatchPlan plan = plan_batches(lengths, kBatchTokens, global_pool().threads());

  std::mutex progress_mutex;
  const auto run_batch = [&](std::size_t b) {
    throw_if_interrupted();
    const std::span<const std::int32_t> members(plan.order.data() + plan.starts[b],
                                                static_cast<std::size_t>(plan.starts[b + 1] - plan.starts[b]));
    PackedTokens tokens;
    for (const std::int32_t member : members) {
      tokens.ids.insert(tokens.ids.end(), ids[member].begin(), ids[member].end());
      if (!segments.empty())
        tokens.segments.insert(tokens.segments.end(), segments[member].begin(), segments[member].end());
      tokens.offsets.push_back(static_cast<std::int32_t>(tokens.ids.size()));
    }
    body(members, tokens);
    if (!progress) return;
    const std::lock_guard lock(progress_mutex);
    progress(static_cast<std::int64_t>(members.size()));
  };
  // A lone batch is run outside the pool's loop, so that its products use all threads.
  if (plan.batches() == 1) return run_batch(0);
  global_pool().parallel_for(plan.batches(), 1, [&](std::size_t begin, std::size_t end, int) {
    for (std::size_t b = begin; b < end; ++b) run_batch(b);
  });
}

}  // namespace genre
