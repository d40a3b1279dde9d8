#include "genre/rec/sequences.h"

#include <fmt/format.h>

#include <algorithm>

#include "genre/base/error.h"
#include "genre/base/thread_pool.h"

namespace genre {

void require_aligned_times(const TrainingData& data) {
  for (const auto& [numbers, what] : {std::pair(data.times, "times"), {data.order, "numbers of an order"}}) {
    if (numbers.empty() || numbers.size() == data.interactions.indices.size()) continue;
    throw Error(ErrorCode::kData,
                fmt::format("{} {} for {} interactions, wanted one each", numbers.size(), what,
                            data.interactions.indices.size()),
                "leave them empty where nobody knows them");
  }
}

Sequences time_ordered(const TrainingData& data) {
  require_aligned_times(data);
  const std::span<const std::int64_t> order = data.times.empty() ? data.order : data.times;
  Sequences out;
  out.offsets = data.interactions.offsets;
  out.items = data.interactions.indices;
  out.times.assign(data.times.begin(), data.times.end());
  if (order.empty()) return out;
  global_pool().parallel_for(out.users(), 256, [&](std::size_t begin, std::size_t end, int) {
    std::vector<std::pair<std::int64_t, std::int32_t>> events;
    for (std::size_t user = begin; user < end; ++user) {
      const std::int64_t first = out.offsets[user], last = out.offsets[user + 1];
      events.clear();
      for (std::int64_t n = first; n < last; ++n) events.emplace_back(order[n], out.items[n]);
      std::sort(events.begin(), events.end());
      for (std::int64_t n = first; n < last; ++n) {
        if (!out.times.empty()) out.times[n] = events[n - first].first;
        out.items[n] = events[n - first].second;
      }
    }
  });
  return out;
}

}  // namespace genre
