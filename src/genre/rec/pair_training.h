// Training of a network of pairs (neural/pair_network.h): who touches what, against items drawn beside it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "genre/neural/pair_network.h"
#include "genre/rec/pair_items.h"
#include "genre/rec/recommender.h"

namespace genre {

struct PairTraining {
  neural::PairShape shape;
  int negatives = 1;  // drawn for each interaction
  int epochs = 20;
  int batch = 1024;  // interactions of a step
  double learning_rate = 0.001, weight_decay = 0;
};

struct TrainedPairs {
  Matrix users, items;  // U x V, zeros for users who touched nothing or all that there is; I x W
  neural::Parameters parameters;
  std::unique_ptr<neural::PairNetwork> network;
  std::vector<std::int32_t> drawn;  // items that were drawn beside interactions, ascending; none: all
};

// Learns `interactions`, those of `data` or a part of their columns, as NeuMf says; `items` knows the columns' vectors.
// `purpose` names the random stream of the start. Uses the global pool; the result does not depend on the number of
// threads. Throws Error(kInterrupted), and Error(kRuntime) naming the step whose gradient is not finite.
TrainedPairs train_pairs(const PairTraining& how, const CsrMatrix& interactions, const TrainingData& data,
                         const std::string& purpose, PairItems& items);

// The most bytes that it holds beside its input, with OwnItems.
std::int64_t pair_training_bytes(const PairTraining& how, const DataSize& size);

}  // namespace genre
