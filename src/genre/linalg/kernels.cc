#include "genre/linalg/kernels.h"

#include "genre/linalg/instruction_sets.h"

namespace genre::linalg {

const Kernels& kernels() {
  static const Kernels& chosen = choose(runnable<Kernels>({{InstructionSet::kAvx512, avx512_kernels()},
                                                           {InstructionSet::kAvx2, avx2_kernels()},
                                                           {InstructionSet::kPortable, portable_kernels()}}));
  return chosen;
}

}  // namespace genre::linalg
