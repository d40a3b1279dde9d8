// Sequential recommendation from both directions: items of a history are masked and told from what stands around them.
// Source: Sun et al., "BERT4Rec: Sequential Recommendation with Bidirectional Encoder Representations from Transformer"
// (CIKM 2019).
#pragma once

#include "genre/rec/sasrec.h"

namespace genre {

// sasrec whose transformer sees all of a sequence and is trained on masked items (NextItemExamples::add_masked). In use
// the newest `length` - 1 events are read, and the state of a mask behind them scores items. Beside the paper, layers
// and the product with item vectors are those of sasrec (relu, no projection of states, no biases of items), positions
// count from the newest (neural/transformer_reader.h), and long histories are cut into pieces that do not overlap.
struct Bert4RecOptions : SasRecOptions {
  double mask_rate = 0.2;
  Bert4RecOptions() {
    dropout = 0.2;
    epochs = 100;  // a pass foretells a fifth of what one of sasrec does
    learning_rate = 0.003;
  }
  std::string_view name() const override { return "bert4rec"; }
  void fields(config::Fields& f) override;
  NextItemPlan plan() const override;  // throws Error(kConfig) also where the mask leaves no room for an event
};

}  // namespace genre
