// The kernel sets of bf16 products that run here. Private to nn.
#pragma once

#include <vector>

#include "genre/linalg/instruction_sets.h"
#include "genre/nn/bf16_kernels.h"

namespace genre::nn {

// The best first; the last one is portable.
const std::vector<linalg::KernelSet<Bf16Kernels>>& runnable_bf16_kernels();
// The best of them that GENRE_CPU allows.
const Bf16Kernels& bf16_kernels();

}  // namespace genre::nn
