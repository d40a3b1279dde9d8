#include "genre/linalg/gradient_step.h"

#include "genre/linalg/kernels.h"

namespace genre {

using linalg::kernels;

float pair_difference(const float* u, const float* i, const float* j, std::int64_t n) {
  return kernels().pair_difference(u, i, j, n);
}
void pair_step(float* u, float* i, float* j, std::int64_t n, float step, float decay) {
  kernels().pair_step(u, i, j, n, step, decay);
}
void point_step(float* u, float* i, std::int64_t n, float step, float decay) {
  kernels().point_step(u, i, n, step, decay);
}

}  // namespace genre
