// Training of a network of tasks (neural/mmoe_network.h): who touches what, and how they rate it.
#pragma once

#include <memory>

#include "genre/neural/mmoe_network.h"
#include "genre/rec/rated_histories.h"
#include "genre/rec/recommender.h"

namespace genre {

inline constexpr int kClickTask = 0, kRatingTask = 1;

struct MmoeTraining {
  neural::MmoeShape shape;
  double click_weight = 1, rating_weight = 1;  // of the tasks' mean losses; 0: not learnt
  int negatives = 4;                           // drawn for each interaction
  int epochs = 10;
  int batch = 256;  // interactions of a step at most, beside four times as many ratings at most, or ratings alone
  double learning_rate = 0.003, weight_decay = 0;
};

struct TrainedMmoe {
  Matrix users, items;  // U x D, zeros for users of whom nothing was learnt; I x D
  neural::Parameters parameters;
  std::unique_ptr<neural::MmoeNetwork> network;  // not packed
  RatingScale scale;
  float deviation = 1;  // of ratings from their mean: the rating task learns (rating - mean) / deviation
};

// Minimises what Mmoe says. Uses the global pool; the result does not depend on the number of threads. Throws
// Error(kInterrupted), Error(kData) for ratings that are not finite, and Error(kRuntime) naming the step whose gradient
// is not.
TrainedMmoe train_mmoe(const MmoeTraining& how, const TrainingData& data);

// The most bytes that it holds beside its input.
std::int64_t mmoe_training_bytes(const MmoeTraining& how, const DataSize& size);

}  // namespace genre
