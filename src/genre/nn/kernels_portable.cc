#include "genre/nn/kernels_inline.h"

namespace genre::nn {

const Kernels* portable_kernels() {
  static constexpr Kernels kKernels = make_kernels</*W=*/16>();
  return &kKernels;
}

}  // namespace genre::nn
