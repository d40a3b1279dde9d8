#include "genre/nn/softmax.h"

#include "genre/nn/kernels.h"

namespace genre::nn {

float exponentiate(float* scores, std::int64_t length) { return kernels().exponentiate(scores, length); }

}  // namespace genre::nn
