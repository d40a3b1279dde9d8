// How the vectors of LightGcn are learnt.
#pragma once

#include "genre/neural/graph_propagation.h"
#include "genre/rec/lightgcn.h"

namespace genre {

struct TrainedLightGcn {
  neural::NodeVectors embeddings;  // layer 0; rows of 0 for users without interactions
  neural::NodeVectors vectors;     // the mean of layers 0 to L
  Matrix history_items;            // I x D: what an item gives to a stranger who has it alone
};

// As LightGcn says. Uses the global pool. Throws Error(kInterrupted), and Error(kRuntime) naming the step whose
// gradient is not finite.
TrainedLightGcn train_lightgcn(const LightGcnOptions& how, const TrainingData& data);

// The most bytes that it holds beside its input.
std::int64_t lightgcn_training_bytes(const LightGcnOptions& how, const DataSize& size);

}  // namespace genre
