// The block formats of quantised weights: blocks of 32 or 256 elements with a scale (and a minimum). Layouts as in
// GGUF: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "genre/base/gguf.h"

namespace genre::nn {

// elements.size() is a whole number of blocks and bytes.size() that many block_shape(format).bytes. One thread.
void dequantise(BlockFormat format, std::span<const std::byte> bytes, std::span<float> elements);
// The nearest representation by the plain rule of the format (absolute maximum, or minimum and maximum, of a block).
// Formats: F32, F16, BF16, Q8_0, Q4_0, Q4_1, Q4_K, Q6_K. Elements are finite; a scale beyond half precision becomes
// infinite, which dequantising shows. One thread.
void quantise(BlockFormat format, std::span<const float> elements, std::span<std::byte> bytes);
// Whether every element is a finite number, by the floats and scales alone. One thread.
bool finite(BlockFormat format, std::span<const std::byte> bytes);

float from_half(std::uint16_t bits);
std::uint16_t to_half(float value);  // round to nearest even; overflow becomes infinity, NaN stays NaN
float from_bfloat(std::uint16_t bits);
std::uint16_t to_bfloat(float value);  // likewise

}  // namespace genre::nn
