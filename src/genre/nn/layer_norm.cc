#include "genre/nn/layer_norm.h"

#include <cassert>

#include "genre/nn/kernels.h"

namespace genre::nn {

void layer_norm(MatrixView x, std::span<const float> gain, std::span<const float> shift, float epsilon) {
  assert(static_cast<std::int64_t>(gain.size()) == x.cols() && gain.size() == shift.size());
  kernels().layer_norm(x.data(), x.rows(), x.cols(), gain.data(), shift.data(), epsilon);
}

}  // namespace genre::nn
