#include "genre/rec/bert4rec.h"

#include "genre/base/error.h"

namespace genre {

void Bert4RecOptions::fields(config::Fields& f) {
  SasRecOptions::fields(f);
  f.number("mask_rate", mask_rate, {.minimum = 0, .maximum = 1},
           "chance that an event of a sequence is masked in training; of each sequence at least one is");
}

NextItemPlan Bert4RecOptions::plan() const {
  if (length < 2)
    throw Error(ErrorCode::kConfig, "bert4rec reads model.length - 1 events and a mask, and length is 1",
                "set it to 2 or more", {.key = "model.length"});
  neural::TransformerShape both_ways = shape();
  both_ways.causal = false;
  NextItemPlan out{.training = training(reader_plan(both_ways))};
  out.training.mask_rate = mask_rate;
  return out;
}

}  // namespace genre
