// Training of a transformer that tells the codes of the item that comes next, one after the other. Source: Rajput et
// al., "Recommender Systems with Generative Retrieval" (NeurIPS 2023).
#pragma once

#include <memory>

#include "genre/neural/transformer_reader.h"
#include "genre/optim/schedule.h"
#include "genre/rec/recommender.h"
#include "genre/rec/semantic_ids.h"

namespace genre {

struct TigerTraining {
  neural::TransformerShape reader;  // positions: those of `length` items and of all but the last code of one more
  std::int64_t length = 20;         // newest events that are read
  int epochs = 20;
  int batch = 128;  // sequences of a step
  double learning_rate = 0.001, weight_decay = 0;
  ScheduleOptions schedule = {.schedule = "constant", .warmup = 0};
};

struct TrainedTiger {
  neural::Parameters parameters;                      // codes.weight (of all levels, C x D), then those of the reader
  std::unique_ptr<neural::TransformerReader> reader;  // not packed
};

// The parameters as they are before any training.
TrainedTiger new_tiger(const neural::TransformerShape& shape, std::int64_t codes, RandomStream& random);

// Minimises, by Adam, the mean over each user's interactions but the first of
//
//   - sum over levels l of log softmax over the codes c of level l (state behind what is before . vector of c)[code_l]
//
// where a history is the codes of its items, one token each, the token of a code is the vector of the code, and the
// state behind what is before has read the items before and the codes of this one of the levels before l. Histories
// longer than `length` are learnt from in pieces. Every item of an interaction has an id. The bits do not depend on the
// number of threads. Uses the global pool. Throws Error(kInterrupted), and Error(kRuntime) naming the step whose
// gradient is not finite.
TrainedTiger train_tiger(const TigerTraining& how, const SemanticIds& ids, const TrainingData& data);

// The most bytes that it holds beside its input, for so many codes of all levels.
std::int64_t tiger_training_bytes(const TigerTraining& how, std::int64_t codes, int levels, const DataSize& size);

}  // namespace genre
