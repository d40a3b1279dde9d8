#include "genre/nn/kernels_inline.h"

namespace genre::nn {

const Kernels* avx512_kernels() {
#if defined(__AVX512F__)
  static constexpr Kernels kKernels = make_kernels</*W=*/64>();
  return &kKernels;
#else
  return nullptr;
#endif
}

}  // namespace genre::nn
