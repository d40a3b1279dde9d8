// Training of neural collaborative filtering.
#pragma once

#include <memory>

#include "genre/neural/pair_network.h"
#include "genre/rec/recommender.h"

namespace genre {

struct NeuMfTraining {
  neural::PairShape shape;
  int negatives = 1;  // drawn for each interaction
  int epochs = 20;
  int batch = 1024;  // interactions of a step
  double learning_rate = 0.001, weight_decay = 0;
};

struct TrainedNeuMf {
  Matrix users, items;  // U x V, zeros for users without an interaction; I x V
  neural::Parameters parameters;
  std::unique_ptr<neural::PairNetwork> network;
};

// As NeuMf says. Uses the global pool; the result does not depend on the number of threads. Throws Error(kInterrupted),
// and Error(kRuntime) naming the step whose gradient is not finite.
TrainedNeuMf train_neumf(const NeuMfTraining& how, const TrainingData& data);

// The most bytes that it holds beside its input.
std::int64_t neumf_training_bytes(const NeuMfTraining& how, const DataSize& size);

}  // namespace genre
