// How far predicted ratings are from those of the test part.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>

#include "genre/data/dataset.h"
#include "genre/eval/bootstrap.h"
#include "genre/eval/pointwise.h"
#include "genre/rec/recommender.h"

namespace genre {

// Means over all events of the test part, liked or not, of the pairs that the model can score; predictions are held to
// the range of training. Intervals by bootstrap over events (kRmse: over squares, then the root). kRmse and kMae only.
// Empty for a model that predicts no ratings. `history_parts`: what a user's history is taken from.
std::map<std::string, Interval> rating_errors(const Recommender& model, const Dataset& dataset, unsigned history_parts,
                                              std::span<const std::string> metrics, std::uint64_t seed, int resamples);

}  // namespace genre
