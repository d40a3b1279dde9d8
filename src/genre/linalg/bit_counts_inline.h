// Kernel template of pair_counts.h. The rules of kernels_inline.h hold here.
#pragma once

#include <cstdint>

#include "genre/linalg/simd.h"

namespace genre::linalg {

inline constexpr int kRowsAtOnce = 16;  // of bits, whose sums by column fit four planes and a carry
inline constexpr int kMostPlanes = 32;  // rows are numbered with 32 bits

// a + b + c of single bits: the sum stays in `sum`, the carry is returned.
template <class Vec>
inline __attribute__((always_inline)) Vec carry_save_add(Vec& sum, Vec b, Vec c) {
  const Vec u = sum ^ b;
  const Vec carry = (sum & b) | (u & c);
  sum = u ^ c;
  return carry;
}

// Counts in place notation: bit j of plane p is bit p of column j's count. Sixteen rows go through a tree of carry-save
// adders (Harley and Seal; Mula, Kurz and Lemire, Computer Journal 2018, of whose counter this is the vertical form).
template <int W>
void bit_counts(const std::uint64_t* bits, std::int64_t words, std::int64_t stride, const std::int32_t* rows,
                std::int64_t count, float* out) {
  using Vec = typename VectorOf<std::uint64_t, W>::Type;
  using Int = typename VectorOf<std::int32_t, W>::Type;
  constexpr int kWords = W / 8, kLanes = W / 4;
  const int planes = count == 0 ? 0 : 64 - __builtin_clzll(static_cast<std::uint64_t>(count));
  Int lane_bit;
  for (int lane = 0; lane < kLanes; ++lane) lane_bit[lane] = 1 << lane;
  for (std::int64_t w = 0; w < words; w += kWords) {
    const std::uint64_t* const base = bits + w;
    Vec plane[kMostPlanes] = {};
    Vec ones{}, twos{}, fours{}, eights{};
    const auto add_rows = [&](const auto& row) __attribute__((always_inline)) {
      const auto two_of = [&](int i) { return carry_save_add(ones, row(i), row(i + 1)); };
      const auto four_of = [&](int i) {
        const Vec a = two_of(i), b = two_of(i + 2);
        return carry_save_add(twos, a, b);
      };
      const auto eight_of = [&](int i) {
        const Vec a = four_of(i), b = four_of(i + 4);
        return carry_save_add(fours, a, b);
      };
      const Vec a = eight_of(0), b = eight_of(8);
      Vec carry = carry_save_add(eights, a, b);
      for (int p = 4; p < planes; ++p) {
        const Vec next = plane[p] & carry;
        plane[p] ^= carry;
        carry = next;
      }
    };
    std::int64_t n = 0;
    for (; n + kRowsAtOnce <= count; n += kRowsAtOnce)
      add_rows([&](int i) { return load<std::uint64_t, W>(base + rows[n + i] * stride); });
    if (n < count)
      add_rows([&](int i) { return n + i < count ? load<std::uint64_t, W>(base + rows[n + i] * stride) : Vec{}; });
    plane[0] = ones, plane[1] = twos, plane[2] = fours, plane[3] = eights;
    const auto* const plane_bits = reinterpret_cast<const unsigned char*>(plane);
    for (int first = 0; first < W * 8; first += kLanes) {
      Int sum{};
      for (int p = planes - 1; p >= 0; --p) {
        std::int32_t some = 0;
        __builtin_memcpy(&some, plane_bits + p * W + first / 8, (kLanes + 7) / 8);
        if constexpr (kLanes < 8) some >>= first % 8;
        sum = sum + sum - (((some - Int{}) & lane_bit) != 0);
      }
      store<float, W>(out + w * 64 + first, __builtin_convertvector(sum, typename VectorOf<float, W>::Type));
    }
  }
}

}  // namespace genre::linalg
