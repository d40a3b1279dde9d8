#include "genre/nn/sparse_kernels_inline.h"

namespace genre::nn {

const SparseKernels* avx2_sparse_kernels() {
#if defined(__AVX2__) && defined(__FMA__)
  static constexpr SparseKernels kKernels = {"avx2", 8, &sparse_multiply</*W=*/32>};
  return &kKernels;
#else
  return nullptr;
#endif
}

}  // namespace genre::nn
