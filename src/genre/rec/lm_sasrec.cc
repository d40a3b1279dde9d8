#include "genre/rec/lm_sasrec.h"

namespace genre {

void LmSasRecOptions::fields(config::Fields& f) {
  SasRecOptions::fields(f);
  f.integer("components", components, {.minimum = 1, .maximum = 4096}, "of the whitened text that are used");
  f.number("id_dropout", id_dropout, {.minimum = 0, .maximum = 1},
           "chance that a step goes without an item's own vector; 1: text alone");
  f.flag("words", words,
         "items are made of the words of their texts too: those that two items have, each with a vector of its own");
}

NextItemPlan LmSasRecOptions::plan() const {
  NextItemPlan out = SasRecOptions::plan();
  out.training.items.id_dropout = id_dropout;
  out.text_components = components;
  out.words = words;
  return out;
}

}  // namespace genre
