// Dropout: numbers that become 0, the others larger, so that means stay. Source: Srivastava et al., "Dropout: A Simple
// Way to Prevent Neural Networks from Overfitting" (2014).
#pragma once

#include <cstdint>
#include <vector>

#include "genre/base/random.h"
#include "genre/linalg/matrix.h"

namespace genre::neural {

// Draws which numbers stay, and remembers it for the gradient. One thread at a time.
class Dropout {
 public:
  // In place; each number of x becomes 0 with this rate (to 1/65536), or is divided by 1 - rate. Rate 0: nothing.
  void apply(MatrixView x, double rate, RandomStream& random);
  // What the gradient of the result becomes as that of x, in place.
  void backward(MatrixView gradient) const;

 private:
  float scale_ = 1;
  std::vector<std::uint8_t> kept_;  // empty: all
};

}  // namespace genre::neural
