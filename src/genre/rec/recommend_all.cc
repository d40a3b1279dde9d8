#include "genre/rec/recommend_all.h"

#include <algorithm>
#include <cassert>

#include "genre/base/thread_pool.h"

namespace genre {

std::size_t queries_per_block(const Recommender& model, std::int64_t queries) {
  constexpr std::int64_t kMany = std::int64_t{16} << 20, kCached = 300 << 10;
  const std::int64_t bytes = model.gains_from_many_queries() ? kMany : kCached;
  const std::int64_t fitting =
      bytes / static_cast<std::int64_t>(sizeof(float)) / std::max<std::int64_t>(model.items(), 1);
  const std::int64_t shared = queries / (std::int64_t{4} * global_pool().threads());
  return static_cast<std::size_t>(std::clamp<std::int64_t>(std::min(fitting, shared), 16, 1024));
}

std::vector<std::vector<ScoredIndex>> recommend_all(const Recommender& model, std::span<const Query> queries, int k,
                                                    std::span<const std::span<const std::int32_t>> exclude) {
  assert(exclude.empty() || exclude.size() == queries.size());
  const std::int64_t items = model.items();
  std::vector<std::vector<ScoredIndex>> out(queries.size());
  const std::size_t block = queries_per_block(model, static_cast<std::int64_t>(queries.size()));
  global_pool().parallel_for(queries.size(), block, [&](std::size_t begin, std::size_t end, int) {
    thread_local std::vector<float> buffer;
    buffer.resize((end - begin) * items);
    MatrixView scores(buffer.data(), static_cast<std::int64_t>(end - begin), items);
    model.score(queries.subspan(begin, end - begin), scores);
    for (std::size_t q = begin; q < end; ++q) {
      const auto row = scores.row(static_cast<std::int64_t>(q - begin));
      if (!exclude.empty())
        for (const std::int32_t item : exclude[q]) row[item] = kMasked;
      out[q] = top_k(row, k);
    }
  });
  return out;
}

}  // namespace genre
