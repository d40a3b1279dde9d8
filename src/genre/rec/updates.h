// What models that learn incrementally share.
#pragma once

#include "genre/rec/recommender.h"

namespace genre {

// Throws what UpdatesIncrementally::update says, but for the order of events.
void require_update(const Recommender& model, const TrainingData& before, const TrainingData& more);

// Entry by entry, of two matrices of one shape.
CsrMatrix sum_of(const CsrMatrix& a, const CsrMatrix& b);

}  // namespace genre
