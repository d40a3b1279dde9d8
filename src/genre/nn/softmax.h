#pragma once

#include <cstdint>

namespace genre::nn {

// Replaces `length` scores by e^(score - the largest) and returns 1 / their sum. softmax_stride(length) floats are
// readable and writable: numbers past the length become about 0. Relative error below 1e-6. One thread.
float exponentiate(float* scores, std::int64_t length);

inline constexpr std::int64_t kSoftmaxMultiple = 16;
constexpr std::int64_t softmax_stride(std::int64_t length) {
  return (length + kSoftmaxMultiple - 1) / kSoftmaxMultiple * kSoftmaxMultiple;
}

}  // namespace genre::nn
