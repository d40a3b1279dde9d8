#include "genre/nn/int8_kernels_inline.h"

#if defined(__AVX512VNNI__)
#include <immintrin.h>

namespace genre::nn {
namespace {

// vpdpbusd multiplies unsigned by signed bytes and adds fours to 32 bits.
template <int W>
struct Avx512VnniQuads {
  using Ints = linalg::VectorOf<std::int32_t, 64>::Type;
  static constexpr int kTogether = 1;
  static inline __attribute__((always_inline)) Ints add(Ints sum, const Ints (&x)[1], const Ints (&w)[1]) {
    return (Ints)_mm512_dpbusd_epi32((__m512i)sum, (__m512i)x[0], (__m512i)w[0]);
  }
};

}  // namespace

const Int8Kernels* avx512vnni_int8_kernels() {
  static constexpr Int8Kernels kKernels = make_int8_kernels</*W=*/64, Avx512VnniQuads, /*R=*/12, /*V=*/2>("avx512vnni");
  return &kKernels;
}

}  // namespace genre::nn
#else
namespace genre::nn {
const Int8Kernels* avx512vnni_int8_kernels() { return nullptr; }
}  // namespace genre::nn
#endif
