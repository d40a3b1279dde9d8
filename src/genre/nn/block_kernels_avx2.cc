#include "genre/nn/block_kernels.h"

#if defined(__AVX2__) && defined(__FMA__) && defined(__F16C__)
#include "genre/nn/block_kernels_256.h"

namespace genre::nn {
namespace {

// vpmaddubsw multiplies unsigned by signed bytes and adds neighbours in 16 bits, saturating. Nibbles leave room for the
// whole block: 8 quads of 2 * 15 * 127. Bytes do not: |w| and x with the sign of w give at most 2 * 128 * 127 at a
// time.
struct Avx2 : Vectors256<Avx2> {
  static void add_nibbles(Sum& sum, Ints q, Ints x) { sum = _mm256_add_epi16(sum, _mm256_maddubs_epi16(q, x)); }
  static Ints nibble_sum(Sum sum) { return _mm256_madd_epi16(sum, _mm256_set1_epi16(1)); }
  static void add_bytes(Sum& sum, Ints w, Ints x) {
    const Ints pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(w), _mm256_sign_epi8(x, w));
    sum = _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
  }
  static Ints byte_sum(Sum sum, std::int32_t) { return sum; }
};

}  // namespace

const BlockKernels* avx2_block_kernels() {
  static constexpr BlockKernels kKernels = make_block_kernels<Avx2>("avx2", quantise_row<Avx2>);
  return &kKernels;
}

}  // namespace genre::nn
#else
namespace genre::nn {
const BlockKernels* avx2_block_kernels() { return nullptr; }
}  // namespace genre::nn
#endif
