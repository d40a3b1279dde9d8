#include "genre/nn/int8_kernels_inline.h"

#if defined(__AVXVNNI__)
#include <immintrin.h>

namespace genre::nn {
namespace {

// vpdpbusd multiplies unsigned by signed bytes and adds fours to 32 bits.
template <int W>
struct AvxVnniQuads {
  using Ints = linalg::VectorOf<std::int32_t, 32>::Type;
  static constexpr int kTogether = 1;
  static inline __attribute__((always_inline)) Ints add(Ints sum, const Ints (&x)[1], const Ints (&w)[1]) {
    return (Ints)_mm256_dpbusd_avx_epi32((__m256i)sum, (__m256i)x[0], (__m256i)w[0]);
  }
};

}  // namespace

const Int8Kernels* avxvnni_int8_kernels() {
  static constexpr Int8Kernels kKernels = make_int8_kernels</*W=*/32, AvxVnniQuads, /*R=*/6, /*V=*/2>("avxvnni");
  return &kKernels;
}

}  // namespace genre::nn
#else
namespace genre::nn {
const Int8Kernels* avxvnni_int8_kernels() { return nullptr; }
}  // namespace genre::nn
#endif
