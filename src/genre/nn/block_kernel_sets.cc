#include "genre/nn/block_kernel_sets.h"

namespace genre::nn {

using linalg::InstructionSet;

const std::vector<linalg::KernelSet<BlockKernels>>& runnable_block_kernels() {
  static const auto sets = linalg::runnable<BlockKernels>({{InstructionSet::kAmx, amx_block_kernels()},
                                                           {InstructionSet::kAvx512Vnni, avx512vnni_block_kernels()},
                                                           {InstructionSet::kAvxVnni, avxvnni_block_kernels()},
                                                           {InstructionSet::kAvx2, avx2_block_kernels()},
                                                           {InstructionSet::kPortable, portable_block_kernels()}});
  return sets;
}

const BlockKernels& block_kernels() {
  static const BlockKernels& chosen = linalg::choose(runnable_block_kernels());
  return chosen;
}

}  // namespace genre::nn
