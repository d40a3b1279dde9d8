// Intra-list diversity (Ziegler et al., WWW 2005; Castells, Hurley and Vargas, Recommender Systems Handbook, 2nd ed.):
// the mean over the pairs of a list's first k items of 1 - similarity.
#pragma once

#include <vector>

#include "genre/eval/metrics.h"
#include "genre/linalg/csr.h"
#include "genre/linalg/matrix.h"

namespace genre {

// One value a query. An item that has nothing to compare (a row of zeros, no entry) is left out of its list; NaN where
// fewer than two items are left. Cosine goes through the sum of the unit rows, in O(k D) a list. Global pool.
std::vector<double> diversity_by_vectors(const Rankings& rankings, int k, ConstMatrixView vectors);  // I x D, cosine
// Jaccard similarity of the items' sets of values: I x F, whatever the stored numbers are. O(k^2) merges a list.
std::vector<double> diversity_by_features(const Rankings& rankings, int k, const CsrMatrix& features);
// Cosine of the items' sets of users: I x U, whatever the stored numbers are. O(users of its items) a list; where all
// lists would take more additions than `most_additions`, evenly spaced ones are measured and the others are NaN.
std::vector<double> diversity_by_users(const Rankings& rankings, int k, const CsrMatrix& users_of_item,
                                       std::int64_t most_additions = 1'000'000'000);

}  // namespace genre
