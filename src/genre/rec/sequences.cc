#include "genre/rec/sequences.h"

#include <fmt/format.h>

#include <algorithm>

#include "genre/base/error.h"
#include "genre/base/thread_pool.h"

namespace genre {

void require_aligned_times(const TrainingData& data) {
  if (data.times.empty() || data.times.size() == data.interactions.indices.size()) return;
  throw Error(
      ErrorCode::kData,
      fmt::format("{} times for {} interactions, wanted one each", data.times.size(), data.interactions.indices.size()),
      "leave times empty where nobody knows them");
}

Sequences time_ordered(const TrainingData& data) {
  require_aligned_times(data);
  Sequences out;
  out.offsets = data.interactions.offsets;
  out.items = data.interactions.indices;
  out.times.assign(data.times.begin(), data.times.end());
  if (out.times.empty()) return out;
  global_pool().parallel_for(out.users(), 256, [&](std::size_t begin, std::size_t end, int) {
    std::vector<std::pair<std::int64_t, std::int32_t>> events;
    for (std::size_t user = begin; user < end; ++user) {
      const std::int64_t first = out.offsets[user], last = out.offsets[user + 1];
      events.clear();
      for (std::int64_t n = first; n < last; ++n) events.emplace_back(out.times[n], out.items[n]);
      std::sort(events.begin(), events.end());
      for (std::int64_t n = first; n < last; ++n) {
        out.times[n] = events[n - first].first;
        out.items[n] = events[n - first].second;
      }
    }
  });
  return out;
}

}  // namespace genre
