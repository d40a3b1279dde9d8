#include "genre/nn/sparse_kernels_inline.h"

namespace genre::nn {

const SparseKernels* portable_sparse_kernels() {
  static constexpr SparseKernels kKernels = {"portable", 4, &sparse_multiply</*W=*/16>};
  return &kKernels;
}

}  // namespace genre::nn
