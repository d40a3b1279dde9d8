// What a metric is worth when items with equal scores may come in any order: its expectation over all orders of every
// group of ties, in closed form. The house order breaks ties by item id, which can favour or harm a model with coarse
// scores (popularity counts, for example). Method: McSherry and Najork, "Computing information retrieval performance
// measures efficiently in the presence of tied scores", ECIR 2008.
#pragma once

#include <cstdint>
#include <vector>

#include "genre/eval/metrics.h"

namespace genre {

// One value a query, NaN where the query has no relevant item. Rankings need scores, and each list must go on to the
// end of the group of ties that holds rank k; a group that is cut short counts as
// complete.
std::vector<double> expected_per_query(const Metric& metric, const Rankings& rankings, const Judgements& judgements);

}  // namespace genre
