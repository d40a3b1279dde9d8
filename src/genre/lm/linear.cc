#include "genre/lm/linear.h"

#include <cassert>
#include <utility>

namespace genre {

Linear::Linear(ConstMatrixView weight, std::vector<float> bias, EncoderPrecision precision)
    : weight_(PackedMatrix::pack(weight, /*transposed=*/true)), bias_(std::move(bias)) {
  assert(precision == EncoderPrecision::kFp32);
  assert(bias_.empty() || static_cast<std::int64_t>(bias_.size()) == outputs());
  static_cast<void>(precision);
}

void Linear::apply(ConstMatrixView x, MatrixView y, Activation activation, const float* residual) const {
  assert(x.cols() == inputs() && y.cols() == outputs() && x.rows() == y.rows());
  multiply(x.data(), x.rows(), x.cols(), weight_, y.data(), y.cols(),
           {bias_.empty() ? nullptr : bias_.data(), activation, residual});
}

}  // namespace genre
