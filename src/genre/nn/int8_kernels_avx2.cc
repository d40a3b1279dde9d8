#include "genre/nn/int8_kernels_inline.h"

#if defined(__AVX2__)
#include <immintrin.h>

namespace genre::nn {
namespace {

// vpmaddubsw multiplies unsigned by signed bytes and adds pairs to 16 bits; the ones of vpmaddwd add pairs of those.
template <int W>
struct Avx2Quads {
  using Ints = linalg::VectorOf<std::int32_t, 32>::Type;
  static constexpr int kTogether = kQuadsInSum;
  static inline __attribute__((always_inline)) Ints add(Ints sum, const Ints (&x)[kTogether],
                                                        const Ints (&w)[kTogether]) {
    __m256i pairs{};
#pragma GCC unroll 4
    for (int i = 0; i < kTogether; ++i)
      pairs = _mm256_add_epi16(pairs, _mm256_maddubs_epi16((__m256i)x[i], (__m256i)w[i]));
    return sum + (Ints)_mm256_madd_epi16(pairs, _mm256_set1_epi16(1));
  }
};

}  // namespace

const Int8Kernels* avx2_int8_kernels() {
  static constexpr Int8Kernels kKernels = make_int8_kernels</*W=*/32, Avx2Quads, /*R=*/6, /*V=*/2>("avx2");
  return &kKernels;
}

}  // namespace genre::nn
#else
namespace genre::nn {
const Int8Kernels* avx2_int8_kernels() { return nullptr; }
}  // namespace genre::nn
#endif
