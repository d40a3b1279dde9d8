#include "genre/linalg/kernels_inline.h"

namespace genre::linalg {

const Kernels* portable_kernels() {
  static constexpr Kernels kKernels = make_kernels</*W=*/16, /*R=*/4, /*V=*/2, /*SumRows=*/6>("portable");
  return &kKernels;
}

}  // namespace genre::linalg
