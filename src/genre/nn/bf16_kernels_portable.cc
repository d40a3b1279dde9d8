#include "genre/nn/bf16_kernels_inline.h"

namespace genre::nn {

const Bf16Kernels* portable_bf16_kernels() {
  static constexpr Bf16Kernels kKernels =
      make_bf16_kernels</*W=*/16, WidenedPairs, /*R=*/4, /*V=*/2>("portable", nullptr);
  return &kKernels;
}

}  // namespace genre::nn
