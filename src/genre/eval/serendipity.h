// Serendipity against a primitive recommender (Murakami et al., 2007; Ge, Delgado-Battenfeld and Jannach, RecSys 2010;
// Kaminskas and Bridge, TiiS 2016): relevant items that the primitive recommender would not have shown.
#pragma once

#include <vector>

#include "genre/eval/metrics.h"

namespace genre {

// One value a query: items of the first k that are relevant and not among the first k of `expected`, the same query's
// list of the primitive recommender, over k. Never above precision@k. NaN where nothing is relevant.
std::vector<double> serendipity(const Rankings& rankings, int k, const Judgements& judgements,
                                const Rankings& expected);

}  // namespace genre
