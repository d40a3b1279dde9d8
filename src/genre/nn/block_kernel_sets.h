// The kernel sets of products with quantised weights that run here. Private to nn.
#pragma once

#include <vector>

#include "genre/linalg/instruction_sets.h"
#include "genre/nn/block_kernels.h"

namespace genre::nn {

// The best first; the last one is portable.
const std::vector<linalg::KernelSet<BlockKernels>>& runnable_block_kernels();
// The best of them that GENRE_CPU allows.
const BlockKernels& block_kernels();

}  // namespace genre::nn
