#include "genre/nn/int8_kernels_inline.h"

namespace genre::nn {

const Int8Kernels* portable_int8_kernels() {
  static constexpr Int8Kernels kKernels = make_int8_kernels</*W=*/16, PlainQuads, /*R=*/4, /*V=*/2>("portable");
  return &kKernels;
}

}  // namespace genre::nn
