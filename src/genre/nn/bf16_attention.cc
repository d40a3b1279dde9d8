#include "genre/nn/bf16_attention.h"

#include "genre/linalg/instruction_sets.h"

namespace genre::nn {

Bf16Attend bf16_attend() {
  using linalg::InstructionSet;
  static const bool has =
      linalg::processor_has(InstructionSet::kAvx512Bf16) && linalg::is_allowed(InstructionSet::kAvx512Bf16);
  return has ? avx512bf16_attend() : nullptr;
}

}  // namespace genre::nn
