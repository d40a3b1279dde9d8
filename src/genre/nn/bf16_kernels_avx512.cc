#include "genre/nn/bf16_kernels_inline.h"

namespace genre::nn {

const Bf16Kernels* avx512_bf16_kernels() {
#if defined(__AVX512F__)
  static constexpr Bf16Kernels kKernels =
      make_bf16_kernels</*W=*/64, WidenedPairs, /*R=*/12, /*V=*/2>("avx512", nullptr);
  return &kKernels;
#else
  return nullptr;
#endif
}

}  // namespace genre::nn
