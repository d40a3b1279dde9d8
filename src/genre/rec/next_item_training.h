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
  double id_dropout = 0;  // chance that a step goes without the own vector of an item with text
};

struct TrainedNextItem {
  Matrix items;                   // I x D
  Matrix text_map;                // D x P, or empty without text
  neural::Parameters parameters;  // of the transformer
  std::unique_ptr<neural::CausalTransformer> transformer;
};

// As SasRec and LmSasRec say: `text` is I x P, rows of zeros where an item has none, or has no rows. With text, items
// without interactions take no part, and have what the map makes of their text. Uses the global pool. Throws
// Error(kInterrupted), and Error(kRuntime) naming the step whose gradient is not finite.
TrainedNextItem train_next_item(const NextItemTraining& how, ConstMatrixView text, const TrainingData& data);

// The most bytes that it holds beside its input, without text.
std::int64_t next_item_training_bytes(const NextItemTraining& how, const DataSize& size);

}  // namespace genre
