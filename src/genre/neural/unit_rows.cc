#include "genre/neural/unit_rows.h"

#include <cmath>

#include "genre/linalg/gemm.h"

namespace genre::neural {

void UnitRows::apply(MatrixView x, float length) {
  length_ = length;
  scales_.resize(static_cast<std::size_t>(x.rows()));
  for (std::int64_t t = 0; t < x.rows(); ++t) {
    float* const row = x.row(t).data();
    const float norm = std::sqrt(dot(row, row, x.cols()));
    scales_[t] = norm > 0 ? length / norm : 0;
    for (std::int64_t d = 0; d < x.cols(); ++d) row[d] *= scales_[t];
  }
}

// y = s x with s = length / |x|: dx = s (dy - y (y . dy) / length^2).
void UnitRows::backward(ConstMatrixView result, MatrixView gradient) const {
  for (std::int64_t t = 0; t < gradient.rows(); ++t) {
    const float* const row = result.row(t).data();
    float* const own = gradient.row(t).data();
    const float along = dot(row, own, gradient.cols()) / (length_ * length_);
    for (std::int64_t d = 0; d < gradient.cols(); ++d) own[d] = scales_[t] * (own[d] - along * row[d]);
  }
}

}  // namespace genre::neural
