#include "genre/nn/blocks.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <cstring>

namespace genre::nn {
namespace {

constexpr int kSmall = 32, kLarge = 256;
using Bytes = const std::uint8_t*;

std::uint16_t bits_at(Bytes from) { return static_cast<std::uint16_t>(from[0] | from[1] << 8); }
float half_at(Bytes from) { return from_half(bits_at(from)); }
void put_bits(std::uint8_t* to, std::uint16_t bits) { to[0] = bits & 255, to[1] = bits >> 8; }
void put_half(std::uint8_t* to, float value) { put_bits(to, to_half(value)); }
float inverse(float value) { return value == 0 ? 0.0f : 1 / value; }
// Rounded towards 0 inside [low, high]. The inverse of a tiny scale is infinite, and 0 times that is no number: low.
int whole(float value, int low, int high) {
  if (!(value > static_cast<float>(low))) return low;
  return value < static_cast<float>(high) ? static_cast<int>(value) : high;
}

// Halves of 32 elements share bytes: the first in the low nibbles.
void put_nibbles(std::uint8_t* to, const std::array<std::uint8_t, kSmall>& q) {
  for (int i = 0; i < 16; ++i) to[i] = static_cast<std::uint8_t>(q[i] | q[i + 16] << 4);
}
std::uint8_t nibble(float value) { return static_cast<std::uint8_t>(whole(value, 0, 15)); }

void read_q8_0(Bytes from, float* to) {
  const float d = half_at(from);
  for (int i = 0; i < kSmall; ++i) to[i] = static_cast<float>(static_cast<std::int8_t>(from[2 + i])) * d;
}

void write_q8_0(const float* from, std::uint8_t* to) {
  float most = 0;
  for (int i = 0; i < kSmall; ++i) most = std::max(most, std::abs(from[i]));
  const float d = most / 127, scale = inverse(d);
  put_half(to, d);
  for (int i = 0; i < kSmall; ++i)
    to[2 + i] = static_cast<std::uint8_t>(whole(std::round(from[i] * scale), -127, 127));
}

void read_q4_0(Bytes from, float* to) {
  const float d = half_at(from);
  for (int i = 0; i < 16; ++i) {
    to[i] = d * static_cast<float>((from[2 + i] & 15) - 8);
    to[i + 16] = d * static_cast<float>((from[2 + i] >> 4) - 8);
  }
}

void write_q4_0(const float* from, std::uint8_t* to) {
  // The largest becomes -8, so that the one more negative step is used.
  const float most = *std::max_element(from, from + kSmall, [](float a, float b) { return std::abs(a) < std::abs(b); });
  const float d = most / -8, scale = inverse(d);
  put_half(to, d);
  std::array<std::uint8_t, kSmall> q;
  for (int i = 0; i < kSmall; ++i) q[i] = nibble(from[i] * scale + 8.5f);
  put_nibbles(to + 2, q);
}

void read_q4_1(Bytes from, float* to) {
  const float d = half_at(from), m = half_at(from + 2);
  for (int i = 0; i < 16; ++i) {
    to[i] = d * static_cast<float>(from[4 + i] & 15) + m;
    to[i + 16] = d * static_cast<float>(from[4 + i] >> 4) + m;
  }
}

void write_q4_1(const float* from, std::uint8_t* to) {
  const auto [least, most] = std::minmax_element(from, from + kSmall);
  const float d = (*most - *least) / 15, scale = inverse(d);
  put_half(to, d);
  put_half(to + 2, *least);
  std::array<std::uint8_t, kSmall> q;
  for (int i = 0; i < kSmall; ++i) q[i] = nibble((from[i] - *least) * scale + 0.5f);
  put_nibbles(to + 4, q);
}

// Q4_K: w = d s q - dm m with 6-bit s and m for each of 8 parts of 32. The 12 bytes after d and dm: the low six bits of
// the first four s, then m; the top two bits of these bytes belong to the last four, whose low four bits follow.
struct ScaleAndMinimum {
  int scale, minimum;
};

ScaleAndMinimum part_of_q4_k(Bytes packed, int part) {
  if (part < 4) return {packed[part] & 63, packed[part + 4] & 63};
  return {(packed[part + 4] & 15) | (packed[part - 4] >> 6 << 4), (packed[part + 4] >> 4) | (packed[part] >> 6 << 4)};
}

void put_part_of_q4_k(std::uint8_t* packed, int part, ScaleAndMinimum value) {
  const auto [s, m] = value;
  if (part < 4) {
    packed[part] = static_cast<std::uint8_t>(s), packed[part + 4] = static_cast<std::uint8_t>(m);
    return;
  }
  packed[part + 4] = static_cast<std::uint8_t>((s & 15) | (m & 15) << 4);
  packed[part - 4] = static_cast<std::uint8_t>(packed[part - 4] | s >> 4 << 6);
  packed[part] = static_cast<std::uint8_t>(packed[part] | m >> 4 << 6);
}

void read_q4_k(Bytes from, float* to) {
  const float d = half_at(from), dm = half_at(from + 2);
  for (int part = 0; part < 8; ++part) {
    const auto [s, m] = part_of_q4_k(from + 4, part);
    const float scale = d * static_cast<float>(s), minimum = dm * static_cast<float>(m);
    const Bytes nibbles = from + 16 + part / 2 * 32;
    for (int i = 0; i < 32; ++i)
      to[part * 32 + i] = scale * static_cast<float>(nibbles[i] >> part % 2 * 4 & 15) - minimum;
  }
}

void write_q4_k(const float* from, std::uint8_t* to) {
  std::array<float, 8> scales, minima;
  for (int part = 0; part < 8; ++part) {
    const auto [least, most] = std::minmax_element(from + part * 32, from + part * 32 + 32);
    minima[part] = std::max(0.0f, -*least);
    scales[part] = (*most + minima[part]) / 15;
    if (scales[part] < 0) scales[part] = 0;
  }
  const float d = *std::ranges::max_element(scales) / 63, dm = *std::ranges::max_element(minima) / 63;
  std::fill(to, to + 144, std::uint8_t{0});
  put_half(to, d);
  put_half(to + 2, dm);
  for (int part = 0; part < 8; ++part) {
    const auto six_bits = [](float v) { return whole(std::round(v), 0, 63); };
    put_part_of_q4_k(to + 4, part, {six_bits(scales[part] * inverse(d)), six_bits(minima[part] * inverse(dm))});
  }
  // By the scales as they are read back.
  for (int part = 0; part < 8; ++part) {
    const auto [s, m] = part_of_q4_k(to + 4, part);
    const float scale = inverse(half_at(to) * static_cast<float>(s)), minimum = half_at(to + 2) * static_cast<float>(m);
    std::uint8_t* const nibbles = to + 16 + part / 2 * 32;
    for (int i = 0; i < 32; ++i)
      nibbles[i] = static_cast<std::uint8_t>(nibbles[i] | nibble((from[part * 32 + i] + minimum) * scale + 0.5f)
                                                              << part % 2 * 4);
  }
}

// Q6_K: w = d s q with an 8-bit s for each of 16 parts of 16. Two halves of 128 elements; of element e in a half, the
// low four bits are in byte e % 64 of its 64, low nibble first, the high two in byte e % 32 of its 32, lowest bits
// first.
struct Q6Place {
  int low, low_shift, high, high_shift;
};
Q6Place place_in_q6_k(int e) {
  const int half = e / 128, inside = e % 128;
  return {half * 64 + inside % 64, inside / 64 * 4, 128 + half * 32 + inside % 32, inside / 32 * 2};
}

void read_q6_k(Bytes from, float* to) {
  const float d = half_at(from + 208);
  for (int e = 0; e < kLarge; ++e) {
    const auto [low, low_shift, high, high_shift] = place_in_q6_k(e);
    const int q = (from[low] >> low_shift & 15) | (from[high] >> high_shift & 3) << 4;
    to[e] = d * static_cast<float>(static_cast<std::int8_t>(from[192 + e / 16])) * static_cast<float>(q - 32);
  }
}

void write_q6_k(const float* from, std::uint8_t* to) {
  std::array<float, 16> scales;
  for (int part = 0; part < 16; ++part) {
    const float* const first = from + part * 16;
    scales[part] =
        *std::max_element(first, first + 16, [](float a, float b) { return std::abs(a) < std::abs(b); }) / -32;
  }
  const float most = *std::ranges::max_element(scales, {}, [](float v) { return std::abs(v); });
  const float d = most / -128;
  std::fill(to, to + 210, std::uint8_t{0});
  put_half(to + 208, d);
  for (int part = 0; part < 16; ++part)
    to[192 + part] = static_cast<std::uint8_t>(whole(std::round(scales[part] * inverse(d)), -128, 127));
  for (int e = 0; e < kLarge; ++e) {
    const float scale = inverse(half_at(to + 208) * static_cast<float>(static_cast<std::int8_t>(to[192 + e / 16])));
    const int q = whole(std::round(from[e] * scale), -32, 31) + 32;
    const auto [low, low_shift, high, high_shift] = place_in_q6_k(e);
    to[low] = static_cast<std::uint8_t>(to[low] | (q & 15) << low_shift);
    to[high] = static_cast<std::uint8_t>(to[high] | q >> 4 << high_shift);
  }
}

struct Codec {
  void (*read)(Bytes, float*);
  void (*write)(const float*, std::uint8_t*);
};

Codec codec_of(BlockFormat format) {
  switch (format) {
    case BlockFormat::kF32:
      return {[](Bytes from, float* to) { std::memcpy(to, from, 4); },
              [](const float* from, std::uint8_t* to) { std::memcpy(to, from, 4); }};
    case BlockFormat::kF16:
      return {[](Bytes from, float* to) { *to = half_at(from); },
              [](const float* from, std::uint8_t* to) { put_half(to, *from); }};
    case BlockFormat::kBF16:
      return {[](Bytes from, float* to) { *to = from_bfloat(bits_at(from)); },
              [](const float* from, std::uint8_t* to) { put_bits(to, to_bfloat(*from)); }};
    case BlockFormat::kQ8_0:
      return {read_q8_0, write_q8_0};
    case BlockFormat::kQ4_0:
      return {read_q4_0, write_q4_0};
    case BlockFormat::kQ4_1:
      return {read_q4_1, write_q4_1};
    case BlockFormat::kQ4_K:
      return {read_q4_k, write_q4_k};
    case BlockFormat::kQ6_K:
      return {read_q6_k, write_q6_k};
  }
  return {};
}

}  // namespace

void dequantise(BlockFormat format, std::span<const std::byte> bytes, std::span<float> elements) {
  const BlockShape shape = block_shape(format);
  assert(elements.size() % shape.elements == 0 && bytes.size() == elements.size() / shape.elements * shape.bytes);
  const Codec codec = codec_of(format);
  const auto* from = reinterpret_cast<Bytes>(bytes.data());
  for (std::size_t e = 0; e < elements.size(); e += shape.elements, from += shape.bytes) codec.read(from, &elements[e]);
}

void quantise(BlockFormat format, std::span<const float> elements, std::span<std::byte> bytes) {
  const BlockShape shape = block_shape(format);
  assert(elements.size() % shape.elements == 0 && bytes.size() == elements.size() / shape.elements * shape.bytes);
  const Codec codec = codec_of(format);
  auto* to = reinterpret_cast<std::uint8_t*>(bytes.data());
  for (std::size_t e = 0; e < elements.size(); e += shape.elements, to += shape.bytes) codec.write(&elements[e], to);
}

}  // namespace genre::nn
