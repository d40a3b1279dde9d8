#include "genre/nn/bf16_kernel_sets.h"

namespace genre::nn {

const std::vector<KernelSet<Bf16Kernels>>& runnable_bf16_kernels() {
  static const auto sets = runnable<Bf16Kernels>({{InstructionSet::kAvx512Bf16, avx512bf16_bf16_kernels()},
                                                  {InstructionSet::kAvx512, avx512_bf16_kernels()},
                                                  {InstructionSet::kAvx2, avx2_bf16_kernels()},
                                                  {InstructionSet::kPortable, portable_bf16_kernels()}});
  return sets;
}

const Bf16Kernels& bf16_kernels() {
  static const Bf16Kernels& chosen = choose(runnable_bf16_kernels());
  return chosen;
}

}  // namespace genre::nn
