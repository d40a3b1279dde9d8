// Kernel template of pair_counts.h. The rules of kernels_inline.h hold here.
#pragma once

#include <cstdint>

namespace genre::linalg {

// W only keeps the instantiations of different instruction sets apart.
template <int W>
void shared_bits(const std::uint64_t* a, const std::uint64_t* b, std::int64_t words, std::int64_t count, float* out) {
  std::int64_t j = 0;
  for (; j + 4 <= count; j += 4) {
    const std::uint64_t *b0 = b + j * words, *b1 = b0 + words, *b2 = b1 + words, *b3 = b2 + words;
    std::int64_t bits0 = 0, bits1 = 0, bits2 = 0, bits3 = 0;
    for (std::int64_t w = 0; w < words; ++w) {
      const std::uint64_t x = a[w];
      bits0 += __builtin_popcountll(x & b0[w]);
      bits1 += __builtin_popcountll(x & b1[w]);
      bits2 += __builtin_popcountll(x & b2[w]);
      bits3 += __builtin_popcountll(x & b3[w]);
    }
    out[j] = static_cast<float>(bits0);
    out[j + 1] = static_cast<float>(bits1);
    out[j + 2] = static_cast<float>(bits2);
    out[j + 3] = static_cast<float>(bits3);
  }
  for (; j < count; ++j) {
    std::int64_t bits = 0;
    for (std::int64_t w = 0; w < words; ++w) bits += __builtin_popcountll(a[w] & b[j * words + w]);
    out[j] = static_cast<float>(bits);
  }
}

}  // namespace genre::linalg
