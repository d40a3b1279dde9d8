// Items that may stand for another in a history.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "genre/rec/recommender.h"

namespace genre {

inline constexpr int kItemSubstitutes = 5;  // most of an item

// Row k of K x K is what may stand for items[k] (ids, ascending), by numbers of `items`: the nearest by "cooccurrence",
// users that they share over users of either (item_knn's jaccard), or by "text", cosines of TrainingData::item_vectors;
// then an item without text has none and stands for none. Uses the global pool.
CsrMatrix item_substitutes(const std::string& by, const TrainingData& data, std::span<const std::int32_t> items);

// The most bytes that this holds beside its input, or leaves.
std::int64_t item_substitutes_bytes(const std::string& by, const DataSize& size);

}  // namespace genre
