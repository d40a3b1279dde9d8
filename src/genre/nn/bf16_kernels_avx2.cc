#include "genre/nn/bf16_kernels_inline.h"

namespace genre::nn {

const Bf16Kernels* avx2_bf16_kernels() {
#if defined(__AVX2__) && defined(__FMA__)
  static constexpr Bf16Kernels kKernels = make_bf16_kernels</*W=*/32, WidenedPairs, /*R=*/6, /*V=*/2>("avx2", nullptr);
  return &kKernels;
#else
  return nullptr;
#endif
}

}  // namespace genre::nn
