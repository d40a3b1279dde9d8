#include "genre/rec/sasrec.h"

namespace genre {

void SasRecOptions::fields(config::Fields& f) {
  NextItemOptions::fields(f);
  f.integer("layers", layers, {.minimum = 1, .maximum = 64}, "of the transformer");
  f.integer("heads", heads, {.minimum = 1, .maximum = 64}, "of attention; the factors are a multiple");
  f.integer("inner", inner, {.minimum = 1, .maximum = 65536}, "width inside the feed-forward blocks");
}

neural::TransformerShape SasRecOptions::shape() const {
  return {.width = factors, .inner = inner, .layers = layers, .heads = heads, .positions = length, .dropout = dropout};
}

NextItemPlan SasRecOptions::plan() const { return {.training = training(reader_plan(shape()))}; }

}  // namespace genre
