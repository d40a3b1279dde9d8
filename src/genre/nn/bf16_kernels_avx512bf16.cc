#include "genre/nn/bf16_kernels_inline.h"

#if defined(__AVX512BF16__)
#include <immintrin.h>

namespace genre::nn {
namespace {

// vdpbf16ps adds the products of pairs to floats.
template <int W>
struct Avx512Bf16Pairs {
  using Input = std::uint16_t;
  using Floats = linalg::VectorOf<float, 64>::Type;
  using Ints = linalg::VectorOf<std::int32_t, 64>::Type;
  typedef std::int32_t Pair __attribute__((aligned(2), may_alias));

  static inline __attribute__((always_inline)) Floats add(Floats sum, const std::uint16_t* x, Ints w) {
    const Ints pair = *reinterpret_cast<const Pair*>(x) - Ints{};
    return _mm512_dpbf16_ps(sum, (__m512bh)pair, (__m512bh)w);
  }
};

}  // namespace

const Bf16Kernels* avx512bf16_bf16_kernels() {
  static constexpr Bf16Kernels kKernels =
      make_bf16_kernels</*W=*/64, Avx512Bf16Pairs, /*R=*/12, /*V=*/2>("avx512bf16", &round_to_bf16<64>);
  return &kKernels;
}

}  // namespace genre::nn
#else
namespace genre::nn {
const Bf16Kernels* avx512bf16_bf16_kernels() { return nullptr; }
}  // namespace genre::nn
#endif
