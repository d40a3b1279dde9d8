#include "genre/nn/kernels.h"

#include "genre/linalg/instruction_sets.h"

namespace genre::nn {

using linalg::InstructionSet;

const Kernels& kernels() {
  static const Kernels& chosen =
      linalg::choose(linalg::runnable<Kernels>({{InstructionSet::kAvx512, avx512_kernels()},
                                                {InstructionSet::kAvx2, avx2_kernels()},
                                                {InstructionSet::kPortable, portable_kernels()}}));
  return chosen;
}

}  // namespace genre::nn
