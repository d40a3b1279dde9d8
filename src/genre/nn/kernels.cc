#include "genre/nn/kernels.h"

#include "genre/linalg/gemm.h"

namespace genre::nn {

const Kernels& kernels() {
  static const Kernels* const chosen = gemm_kernel_name() == "avx512" ? avx512_kernels()
                                       : gemm_kernel_name() == "avx2" ? avx2_kernels()
                                                                      : portable_kernels();
  return *chosen;
}

}  // namespace genre::nn
