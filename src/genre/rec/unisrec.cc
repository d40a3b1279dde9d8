#include "genre/rec/unisrec.h"

namespace genre {

void UniSRecOptions::fields(config::Fields& f) {
  LmSasRecOptions::fields(f);
  f.integer("experts", experts, {.minimum = 1, .maximum = 64}, "maps of a text that are mixed as the text says");
  f.number("temperature", temperature, {.minimum = 0.001, .maximum = 10}, "that cosines are divided by in training");
}

NextItemPlan UniSRecOptions::plan() const {
  NextItemPlan out = LmSasRecOptions::plan();
  out.training.items.experts = experts;
  out.training.items.unit = true;
  out.training.temperature = temperature;
  return out;
}

}  // namespace genre
