// Training of models that read a history and say which item comes next.
#pragma once

#include <memory>

#include "genre/neural/causal_transformer.h"
#include "genre/rec/recommender.h"

namespace genre {

struct NextItemTraining {
  neural::TransformerShape shape;
  int epochs = 20;
  int batch = 128;  // sequences of a step
  double learning_rate = 0.001, weight_decay = 0;
};

struct NextItemModel {
  Matrix items;                   // I x D
  neural::Parameters parameters;  // of the transformer
  std::unique_ptr<neural::CausalTransformer> transformer;
};

// As SasRec says. Uses the global pool. Throws Error(kInterrupted), and Error(kRuntime) naming the step whose gradient
// is not finite.
NextItemModel train_next_item(const NextItemTraining& how, const TrainingData& data);

// The most bytes that it holds beside its input.
std::int64_t next_item_training_bytes(const neural::TransformerShape& shape, int batch, const DataSize& size);

}  // namespace genre
