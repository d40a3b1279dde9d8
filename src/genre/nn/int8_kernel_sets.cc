#include "genre/nn/int8_kernel_sets.h"

namespace genre::nn {

const std::vector<KernelSet<Int8Kernels>>& runnable_int8_kernels() {
  static const auto sets = runnable<Int8Kernels>({{InstructionSet::kAvx512Vnni, avx512vnni_int8_kernels()},
                                                  {InstructionSet::kAvxVnni, avxvnni_int8_kernels()},
                                                  {InstructionSet::kAvx2, avx2_int8_kernels()},
                                                  {InstructionSet::kPortable, portable_int8_kernels()}});
  return sets;
}

const Int8Kernels& int8_kernels() {
  static const Int8Kernels& chosen = choose(runnable_int8_kernels());
  return chosen;
}

}  // namespace genre::nn
