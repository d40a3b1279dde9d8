// What models say of single events of the test part, liked or not: how well they tell the two apart, how near predicted
// ratings come. No list is made.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>

#include "genre/data/dataset.h"
#include "genre/eval/bootstrap.h"
#include "genre/rec/recommender.h"

namespace genre {

// "auc", "gauc", "rmse", "mae".
bool is_event_metric(const std::string& name);
// "rmse", "mae": of models that predict ratings.
bool is_rating_error(const std::string& name);

// Over all pairs of user and item in the test part, repeats being one. `history_parts`: what a user's history is taken
// from; it stays the same for all test events of a user.
//
//   auc, gauc  the score against whether the item was liked, pointwise.h; gauc weighted by liked items. An item that
//              the model says nothing of stands below all others. Intervals by bootstrap over users with test events.
//   rmse, mae  predictions, held to the range of training, against ratings, of the pairs that the model can score;
//              left out for a model that predicts no ratings. Intervals by bootstrap over pairs (rmse: over squares,
//              then the root).
std::map<std::string, Interval> event_metrics(const Recommender& model, const Dataset& dataset, unsigned history_parts,
                                              std::span<const std::string> metrics, std::uint64_t seed, int resamples);

}  // namespace genre
