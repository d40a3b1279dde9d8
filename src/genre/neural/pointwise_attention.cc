#include "genre/neural/pointwise_attention.h"

#include <algorithm>
#include <cassert>

#include "genre/linalg/gemm.h"
#include "genre/neural/activation_gradient.h"
#include "genre/nn/gated_activation.h"

namespace genre::neural {
namespace {

// Calls body(its first token, its tokens, head, its first pair) for each triangle; returns the number of pairs.
template <class Body>
std::int64_t for_triangles(std::span<const std::int64_t> offsets, std::int64_t heads, const Body& body) {
  std::int64_t pair = 0;
  for (std::size_t b = 0; b + 1 < offsets.size(); ++b) {
    const std::int64_t length = offsets[b + 1] - offsets[b];
    for (std::int64_t h = 0; h < heads; ++h, pair += length * (length + 1) / 2) body(offsets[b], length, h, pair);
  }
  return pair;
}

std::int64_t pairs(std::span<const std::int64_t> offsets, std::int64_t heads) {
  return for_triangles(offsets, heads, [](auto...) {});
}

}  // namespace

void PointwiseAttention::forward(ConstMatrixView qkv, std::span<const std::int64_t> offsets, ConstMatrixView bias,
                                 Saved& saved, MatrixView out) {
  const std::int64_t heads = bias.rows(), width = out.cols(), size = width / heads, stride = qkv.cols(),
                     count = pairs(offsets, heads);
  saved.scores.resize(static_cast<std::size_t>(count));
  for_triangles(offsets, heads, [&](std::int64_t first, std::int64_t length, std::int64_t h, std::int64_t pair) {
    assert(length <= bias.cols());
    const float *const q = qkv.data() + first * stride + h * size, *const k = q + width;
    float* score = saved.scores.data() + pair;
    for (std::int64_t i = 0; i < length; ++i)
      for (std::int64_t j = 0; j <= i; ++j) *score++ = dot(q + i * stride, k + j * stride, size) + bias.row(h)[i - j];
  });
  saved.weights = saved.scores;
  nn::activate(Activation::kSilu, saved.weights.data(), count);
  for (float& weight : saved.weights) weight /= static_cast<float>(bias.cols());
  std::fill_n(out.data(), out.rows() * width, 0.0f);
  for_triangles(offsets, heads, [&](std::int64_t first, std::int64_t length, std::int64_t h, std::int64_t pair) {
    const float* const v = qkv.data() + first * stride + 2 * width + h * size;
    const float* weight = saved.weights.data() + pair;
    for (std::int64_t i = 0; i < length; ++i)
      for (std::int64_t j = 0; j <= i; ++j)
        add_scaled(*weight++, v + j * stride, out.row(first + i).data() + h * size, size);
  });
}

void PointwiseAttention::backward(ConstMatrixView qkv, std::span<const std::int64_t> offsets, const Saved& saved,
                                  ConstMatrixView d_out, MatrixView d_qkv, MatrixView d_bias) {
  const std::int64_t heads = d_bias.rows(), width = d_out.cols(), size = width / heads, stride = qkv.cols(),
                     count = std::ssize(saved.scores);
  for (std::int64_t t = 0; t < d_qkv.rows(); ++t) std::fill_n(d_qkv.row(t).data(), 3 * width, 0.0f);
  std::vector<float> d_scores(saved.scores.size());
  for_triangles(offsets, heads, [&](std::int64_t first, std::int64_t length, std::int64_t h, std::int64_t pair) {
    const std::int64_t at = first * stride + 2 * width + h * size;
    const float* const v = qkv.data() + at;
    float* const dv = d_qkv.data() + at;
    for (std::int64_t i = 0; i < length; ++i) {
      const float* const d_row = d_out.row(first + i).data() + h * size;
      for (std::int64_t j = 0; j <= i; ++j, ++pair) {
        add_scaled(saved.weights[pair], d_row, dv + j * stride, size);
        d_scores[pair] = dot(d_row, v + j * stride, size) / static_cast<float>(d_bias.cols());
      }
    }
  });
  activation_backward(Activation::kSilu, {saved.scores.data(), 1, count}, {d_scores.data(), 1, count});
  for_triangles(offsets, heads, [&](std::int64_t first, std::int64_t length, std::int64_t h, std::int64_t pair) {
    const std::int64_t at = first * stride + h * size;
    const float *const q = qkv.data() + at, *const k = q + width;
    float *const dq = d_qkv.data() + at, *const dk = dq + width;
    for (std::int64_t i = 0; i < length; ++i)
      for (std::int64_t j = 0; j <= i; ++j, ++pair) {
        add_scaled(d_scores[pair], k + j * stride, dq + i * stride, size);
        add_scaled(d_scores[pair], q + i * stride, dk + j * stride, size);
        d_bias.row(h)[i - j] += d_scores[pair];
      }
  });
}

}  // namespace genre::neural
