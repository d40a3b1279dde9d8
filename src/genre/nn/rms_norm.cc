#include "genre/nn/rms_norm.h"

#include <cassert>

#include "genre/nn/kernels.h"

namespace genre::nn {

void rms_norm(ConstMatrixView x, std::span<const float> gain, float epsilon, MatrixView out) {
  assert(x.rows() == out.rows() && x.cols() == out.cols() && static_cast<std::int64_t>(gain.size()) == x.cols());
  kernels().rms_norm(x.data(), x.rows(), x.cols(), gain.data(), epsilon, out.data());
}

}  // namespace genre::nn
