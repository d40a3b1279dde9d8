// How the network of AlphaRec is learnt.
#pragma once

#include "genre/neural/text_nodes.h"
#include "genre/rec/alpha_rec.h"

namespace genre {

struct TrainedAlphaRec {
  neural::Parameters parameters;  // first.weight, first.bias, second.weight, second.bias
  neural::NodeVectors vectors;    // the mean of layers 0 to L
  Matrix item_sums;               // I x H: what first makes of items
  Matrix history_items;           // I x D: what an item gives to who has it
};

// As AlphaRec says, for the centred text (I x P) of items. Uses the global pool. Throws Error(kInterrupted), and
// Error(kRuntime) naming the step whose gradient is not finite.
TrainedAlphaRec train_alpha_rec(const AlphaRecOptions& how, ConstMatrixView text, const TrainingData& data);

// The most bytes that it holds beside its input.
std::int64_t alpha_rec_training_bytes(const AlphaRecOptions& how, const DataSize& size);

}  // namespace genre
