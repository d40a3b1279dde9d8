// Rows brought to one length, with the gradient: what makes a product of rows a cosine.
#pragma once

#include <vector>

#include "genre/linalg/matrix.h"

namespace genre::neural {

class UnitRows {
 public:
  // x (T x D) in place: each row to this length; rows of zeros stay. Remembers what the gradient needs. One thread.
  void apply(MatrixView x, float length);
  // The gradient of the result becomes that of x, in place; `result` is what apply() left.
  void backward(ConstMatrixView result, MatrixView gradient) const;

 private:
  float length_ = 1;
  std::vector<float> scales_;  // T: what a row was multiplied by; 0 for zeros
};

}  // namespace genre::neural
