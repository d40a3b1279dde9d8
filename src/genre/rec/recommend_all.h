// Rankings for many users at once, on all cores.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "genre/rec/recommender.h"

namespace genre {

// List q holds the k best items for queries[q] that are not in exclude[q] (one list of item ids a query, or no lists at
// all). Global pool; memory: one block of score rows a thread.
std::vector<std::vector<ScoredIndex>> recommend_all(const Recommender& model, std::span<const Query> queries, int k,
                                                    std::span<const std::span<const std::int32_t>> exclude = {});

// How many score rows a thread should ask the model for at once: at least 16, at most 1,024, and few enough for every
// thread to get some. Where a model gains from many, so that it reads its weights seldom, 16 MiB of scores; else as
// many as stay in the second-level cache until their best are found.
std::size_t queries_per_block(const Recommender& model, std::int64_t queries);

}  // namespace genre
