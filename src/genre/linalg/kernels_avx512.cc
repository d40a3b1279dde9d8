#include "genre/linalg/kernels_inline.h"

namespace genre::linalg {

const Kernels* avx512_kernels() {
#if defined(__AVX512F__)
  static constexpr Kernels kKernels = make_kernels</*W=*/64, /*R=*/12, /*V=*/2, /*SumRows=*/6>("avx512");
  return &kKernels;
#else
  return nullptr;
#endif
}

}  // namespace genre::linalg
