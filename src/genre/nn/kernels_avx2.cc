#include "genre/nn/kernels_inline.h"

namespace genre::nn {

const Kernels* avx2_kernels() {
#if defined(__AVX2__) && defined(__FMA__)
  static constexpr Kernels kKernels = make_kernels</*W=*/32>();
  return &kKernels;
#else
  return nullptr;
#endif
}

}  // namespace genre::nn
