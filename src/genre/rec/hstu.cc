#include "genre/rec/hstu.h"

namespace genre {

void HstuOptions::fields(config::Fields& f) {
  NextItemOptions::fields(f);
  f.integer("layers", layers, {.minimum = 1, .maximum = 64}, "of transduction units");
  f.integer("heads", heads, {.minimum = 1, .maximum = 64}, "of attention; the factors are a multiple");
}

NextItemPlan HstuOptions::plan() const {
  const neural::HstuShape shape{
      .width = factors, .layers = layers, .heads = heads, .positions = length, .dropout = dropout};
  return {.training = training(reader_plan(shape))};
}

}  // namespace genre
