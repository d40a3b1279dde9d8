#include "genre/rec/p3alpha.h"

#include "genre/rec/random_walk.h"
#include "genre/rec/tensors.h"

namespace genre {

void P3alphaOptions::fields(config::Fields& f) {
  f.integer("neighbours", neighbours, {.minimum = 1, .maximum = 1e6},
            "largest weights that each item keeps, outgoing and incoming");
  f.number("alpha", alpha, {.minimum = 0, .maximum = 10}, "exponent of each step's probability");
  f.flag("normalise", normalise, "make the weights that leave an item add up to 1");
}

std::unique_ptr<Recommender> P3alphaOptions::build() const { return std::make_unique<P3alpha>(*this); }

void P3alpha::fit(const TrainingData& data) {
  require_interactions(name(), data);
  set_weights(random_walk_weights(
      data.interactions,
      {.alpha = options_.alpha, .neighbours = options_.neighbours, .normalise = options_.normalise}));
}

}  // namespace genre
