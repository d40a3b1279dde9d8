#include "genre/linalg/kernels_inline.h"

namespace genre::linalg {

const Kernels* avx2_kernels() {
#if defined(__AVX2__) && defined(__FMA__)
  static constexpr Kernels kKernels = make_kernels</*W=*/32, /*R=*/6, /*V=*/2, /*SumRows=*/6>("avx2");
  return &kKernels;
#else
  return nullptr;
#endif
}

}  // namespace genre::linalg
