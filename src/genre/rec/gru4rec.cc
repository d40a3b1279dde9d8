#include "genre/rec/gru4rec.h"

namespace genre {

void Gru4RecOptions::fields(config::Fields& f) {
  NextItemOptions::fields(f);
  f.integer("layers", layers, {.minimum = 1, .maximum = 16}, "of gated recurrent units");
  f.integer("inner", inner, {.minimum = 1, .maximum = 65536}, "units of a layer");
}

NextItemPlan Gru4RecOptions::plan() const {
  const neural::RecurrentShape shape{.width = factors, .inner = inner, .layers = layers, .dropout = dropout};
  return {.training = training(reader_plan(shape))};
}

}  // namespace genre
