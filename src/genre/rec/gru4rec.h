// Session-based recommendation with gated recurrent units. Source: Hidasi et al., "Session-based Recommendations with
// Recurrent Neural Networks" (ICLR 2016), by default trained on the whole catalogue in place of its sampled losses.
#pragma once

#include "genre/rec/next_item_recommender.h"

namespace genre {

// A NextItemRecommender whose items have vectors of their own alone, and whose history is read by gated recurrent units
// (neural/recurrent_reader.h).
struct Gru4RecOptions : NextItemOptions {
  int layers = 1;
  int inner = 128;
  Gru4RecOptions() { learning_rate = 0.003; }
  std::string_view name() const override { return "gru4rec"; }
  void fields(config::Fields& f) override;
  NextItemPlan plan() const override;
};

}  // namespace genre
