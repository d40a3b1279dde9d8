// Exposure of groups of items (Singh and Joachims, KDD 2018; Biega, Gummadi and Weikum, SIGIR 2018): whether a group is
// looked at as much as it is relevant.
#pragma once

#include <string>
#include <vector>

#include "genre/eval/metrics.h"
#include "genre/linalg/csr.h"

namespace genre {

struct GroupExposure {
  double items;      // share of the catalogue
  double exposure;   // mean over users of the group's share of the list, rank r counting 1 / log2(r + 1)
  double relevance;  // mean over users of the group's share of the relevant items
  double ratio;      // exposure / relevance: 1 is in proportion, below 1 is underexposed; NaN without relevant items
};

// One entry a group, then one for the items of no group. `groups` is I x G, whatever the stored numbers are; an item of
// n groups is 1/n in each, so that shares add up to 1. Lists count up to k; users with a list and a relevant item
// count. NaN where there is none.
std::vector<GroupExposure> group_exposure(const Rankings& rankings, int k, const Judgements& judgements,
                                          const CsrMatrix& groups);

}  // namespace genre
