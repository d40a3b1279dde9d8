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

// How many score rows a thread should ask for at once: many, so that a model reads its weights seldom; at most 8 MiB
// (or 16 rows), and few enough for every thread to get some.
std::size_t queries_per_block(std::int64_t items, std::int64_t queries);

}  // namespace genre
