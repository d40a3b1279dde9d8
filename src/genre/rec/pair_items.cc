#include "genre/rec/pair_items.h"

#include "genre/neural/parameters.h"

namespace genre {

void OwnItems::start(RandomStream& random, Optimizer& optimizer) {
  neural::fill_normal(table_, kStartDeviation, random);
  tensor_ = optimizer.add(table_.rows(), table_.cols());
}

void OwnItems::begin_step(std::span<const std::int32_t> numbers, RandomStream&) { mentions_.assign(numbers); }

void OwnItems::look_up(std::span<const std::int32_t> numbers, MatrixView out) const {
  neural::look_up(table_, numbers, out);
}

void OwnItems::update(ConstMatrixView gradients, Optimizer& optimizer, const UpdateRule& rule) {
  mentions_.update(table_, gradients, optimizer, tensor_, rule);
}

}  // namespace genre
