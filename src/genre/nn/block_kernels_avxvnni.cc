#include "genre/nn/block_kernels.h"

#if defined(__AVXVNNI__) && defined(__FMA__) && defined(__F16C__)
#include "genre/nn/block_kernels_256.h"

namespace genre::nn {
namespace {

// vpdpbusd multiplies unsigned by signed bytes and adds fours to 32 bits. Signed weights become unsigned by an offset
// of 128, which the sum of the activations takes back.
struct AvxVnni : Vectors256<AvxVnni> {
  static void add_nibbles(Sum& sum, Ints q, Ints x) { sum = _mm256_dpbusd_avx_epi32(sum, q, x); }
  static Ints nibble_sum(Sum sum) { return sum; }
  static void add_bytes(Sum& sum, Ints w, Ints x) {
    sum = _mm256_dpbusd_avx_epi32(sum, _mm256_xor_si256(w, _mm256_set1_epi8(-128)), x);
  }
  static Ints byte_sum(Sum sum, std::int32_t values) { return _mm256_sub_epi32(sum, _mm256_set1_epi32(128 * values)); }
};

}  // namespace

const BlockKernels* avxvnni_block_kernels() {
  static constexpr BlockKernels kKernels = make_block_kernels<AvxVnni>("avxvnni", quantise_row<AvxVnni>);
  return &kKernels;
}

}  // namespace genre::nn
#else
namespace genre::nn {
const BlockKernels* avxvnni_block_kernels() { return nullptr; }
}  // namespace genre::nn
#endif
