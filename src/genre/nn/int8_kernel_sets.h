// The kernel sets of int8 products that run here. Private to nn.
#pragma once

#include <vector>

#include "genre/linalg/instruction_sets.h"
#include "genre/nn/int8_kernels.h"

namespace genre::nn {

// The best first; the last one is portable.
const std::vector<linalg::KernelSet<Int8Kernels>>& runnable_int8_kernels();
// The best of them that GENRE_CPU allows.
const Int8Kernels& int8_kernels();

}  // namespace genre::nn
