// Sums of the rows that belong to the items of a bag: a linear layer over a catalogue, whose input is mostly zeros.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "genre/neural/parameters.h"

namespace genre::neural {

// Stands for a row of I numbers: `scale` at these items, which are distinct, and 0 elsewhere.
struct Bag {
  std::span<const std::int32_t> items;
  float scale = 1;
};

// y = x W + b. Any number of threads may compute.
class EmbeddingBag {
 public:
  // Adds NAME.weight (I x D), normal with this deviation, and NAME.bias (D), 0.
  EmbeddingBag(Parameters& parameters, const std::string& name, std::int64_t items, std::int64_t width,
               double deviation, RandomStream& random);

  // Row b of y (B x D) is that of bag b. One thread.
  void forward(const Parameters& parameters, std::span<const Bag> bags, MatrixView y) const;

  // The gradients of weight and bias become those for the gradient `dy` of y, which is used up. Rows of W are read and
  // written once, and those of items in no bag become 0. Uses the global pool; the bits do not depend on the number of
  // threads.
  void backward(std::span<const Bag> bags, MatrixView dy, Gradients& gradients) const;

 private:
  int weight_, bias_;
};

}  // namespace genre::neural
