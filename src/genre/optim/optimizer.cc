#include "genre/optim/optimizer.h"

#include <cassert>

#include "genre/optim/adafactor.h"
#include "genre/optim/adam.h"
#include "genre/optim/lamb.h"
#include "genre/optim/lion.h"
#include "genre/optim/sgd.h"

namespace genre {

void Optimizer::update_rows(int, std::span<float>, std::span<const std::int64_t>, std::span<const float>,
                            const UpdateRule&) {
  assert(!"update_rows without updates_rows");
}

void OptimizerOptions::fields(config::Fields& f) {
  f.number("learning_rate", learning_rate, {.minimum = 0}, "size of a step; without it the optimizer's usual one");
  f.number("weight_decay", weight_decay, {.minimum = 0, .maximum = 1},
           "pull of weights towards 0; never of norms and biases");
  f.number("clip", clip, {.minimum = 0}, "largest norm of all gradients together; 0: no limit");
  f.integer("accumulation", accumulation, {.minimum = 1, .maximum = 4096},
            "batches whose mean gradient makes one step");
  f.number("layer_decay", layer_decay, {.minimum = 0.1, .maximum = 1},
           "factor by which each layer below the top learns more slowly");
  f.number("ema", ema, {.minimum = 0, .maximum = 0.99999},
           "decay of a running average of the weights, which is then what is measured and kept; 0: none");
  f.list("groups", groups, "Parameters with a rate or a weight decay of their own.");
  schedule.fields(f);
  scale.fields(f);
}

namespace {

template <class Options>
config::Alternative alternative(std::string name, std::string doc) {
  return {std::move(name), std::move(doc), [] { return std::make_shared<Options>(); }};
}

}  // namespace

std::vector<config::Alternative> optimizer_alternatives() {
  return {
      alternative<SgdOptions>("sgd", "stochastic gradient descent with momentum (Nesterov 1983)"),
      alternative<AdamOptions>("adam", "steps scaled by moments of the gradient (Kingma and Ba 2015)"),
      alternative<AdamWOptions>("adamw", "Adam with the weight decay apart from it (Loshchilov and Hutter 2019)"),
      alternative<AdafactorOptions>("adafactor", "second moments by row and column: little memory (Shazeer 2018)"),
      alternative<LambOptions>("lamb", "Adam with steps as large as the tensor, for large batches (You et al. 2020)"),
      alternative<LionOptions>("lion", "signs of an averaged gradient: half of Adam's memory (Chen et al. 2023)"),
  };
}

}  // namespace genre
