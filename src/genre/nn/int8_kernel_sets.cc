#include "genre/nn/int8_kernel_sets.h"

namespace genre::nn {

using linalg::InstructionSet;

const std::vector<linalg::KernelSet<Int8Kernels>>& runnable_int8_kernels() {
  static const auto sets = linalg::runnable<Int8Kernels>({{InstructionSet::kAmx, amx_int8_kernels()},
                                                          {InstructionSet::kAvx512Vnni, avx512vnni_int8_kernels()},
                                                          {InstructionSet::kAvxVnni, avxvnni_int8_kernels()},
                                                          {InstructionSet::kAvx2, avx2_int8_kernels()},
                                                          {InstructionSet::kPortable, portable_int8_kernels()}});
  return sets;
}

const Int8Kernels& int8_kernels() {
  static const Int8Kernels& chosen = linalg::choose(runnable_int8_kernels());
  return chosen;
}

}  // namespace genre::nn
