#include "genre/nn/bf16_kernel_sets.h"

namespace genre::nn {

using linalg::InstructionSet;

const std::vector<linalg::KernelSet<Bf16Kernels>>& runnable_bf16_kernels() {
  static const auto sets = linalg::runnable<Bf16Kernels>({{InstructionSet::kAmx, amx_bf16_kernels()},
                                                          {InstructionSet::kAvx512Bf16, avx512bf16_bf16_kernels()},
                                                          {InstructionSet::kAvx512, avx512_bf16_kernels()},
                                                          {InstructionSet::kAvx2, avx2_bf16_kernels()},
                                                          {InstructionSet::kPortable, portable_bf16_kernels()}});
  return sets;
}

const Bf16Kernels& bf16_kernels() {
  static const Bf16Kernels& chosen = linalg::choose(runnable_bf16_kernels());
  return chosen;
}

}  // namespace genre::nn
