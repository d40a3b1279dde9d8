// Short random walks on the graph of users and items, as weights between items.
#pragma once

#include "genre/linalg/csr.h"

namespace genre {

struct RandomWalk {
  double alpha = 1;  // exponent of each step's probability
  double beta = 0;   // exponent of the target's popularity, by which weights are divided
  int neighbours = 100;
  bool normalise = false;  // rows add up to 1 after the first cut
};

// The I x I weights of the walk item -> user -> item:
//
//   W(i, j) = d(j)^-beta sum over users u of (x(u, i) / d(i))^alpha (x(u, j) / d(u))^alpha,   i != j
//
// where d adds up the interactions of an item or a user. Values at or below 0 are no edges. Each row keeps its
// `neighbours` largest weights and is normalised where asked; then each column keeps its `neighbours` largest. Equal
// weights stay in the order of ids. Parallel over the global pool; the result does not depend on the thread count.
// Memory: 16 I neighbours bytes beside the result.
CsrMatrix random_walk_weights(const CsrMatrix& interactions, const RandomWalk& walk);

}  // namespace genre
