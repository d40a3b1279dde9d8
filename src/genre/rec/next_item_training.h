// Training of models that read a history and say which item comes next.
#pragma once

#include <memory>

#include "genre/optim/schedule.h"
#include "genre/rec/next_item_loss.h"
#include "genre/rec/next_item_start.h"
#include "genre/rec/reader_plan.h"
#include "genre/rec/recommender.h"
#include "genre/rec/trained_items.h"
#include "genre/rec/view_contrast.h"

namespace genre {

struct NextItemTraining {
  ReaderPlan reader;
  std::int64_t width = 64, length = 50;  // of vectors and states; newest events that are read
  int epochs = 20;
  int batch = 128;  // sequences of a step
  double learning_rate = 0.001, weight_decay = 0;
  ScheduleOptions schedule = {.schedule = "constant", .warmup = 0};
  ItemEncoding items;
  double temperature = 0;  // of unit vectors: logits are cosines over this
  NextItemLossOptions loss;
  double mask_rate = 0.2;  // of events, where the reader has a mask
  ContrastOptions contrast;
  double feature_loss = 0;     // weight of the loss by which features of items are foretold; 0: none
  bool frozen_reader = false;  // the network stays what start says; what items are made of is trained
  double replay = 1;           // of the pieces that a start has seen, in an epoch
};

struct TrainedNextItem {
  Matrix items;                                   // I x D
  Matrix text_map;                                // "text.weight" of TrainedItems, or empty without text
  std::vector<float> text_bias;                   // its "text.bias", or empty
  Matrix features;                                // its "features.weight", or empty without features
  neural::Parameters parameters;                  // of the reader
  std::unique_ptr<neural::HistoryReader> reader;  // not packed
};

// Minimises, by Adam, the mean over each user's interactions but the first of a loss that compares the product of the
// state behind those before and the item's vector with its products with other items' vectors (next_item_loss.h); by
// default
//
//   -log softmax over items (state behind those before . item vectors)[item]
//
// plus, with a weight each, the mean of a loss that tells views of one history from those of others (view_contrast.h),
// and that of one by which states and items say what features there are (feature_loss.h).
//
// A reader with a mask foretells masked interactions from those around them instead (next_item_examples.h). Histories
// longer than `length` are learnt from in pieces. Of an item that has no interaction and no side, a vector is learnt
// where the loss looks at it; where something is known of items, those without interactions take no part, and have what
// is made of their sides. The bits do not depend on the number of threads. Uses the global pool. Throws
// Error(kInterrupted), and Error(kRuntime) naming the step whose gradient is not finite.
//
// With a start its weights stand in place of random ones, and each epoch goes through the pieces with events that it
// has not seen and a share of the others.
TrainedNextItem train_next_item(const NextItemTraining& how, const ItemSides& sides, const TrainingData& data,
                                const NextItemStart& start = {});

// The most bytes that it holds beside its input, without sides.
std::int64_t next_item_training_bytes(const NextItemTraining& how, const DataSize& size);

}  // namespace genre
