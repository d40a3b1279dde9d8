#include "genre/neural/self_attention.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "genre/linalg/gemm.h"

namespace genre::neural {
namespace {

float inner(const float* a, const float* b, std::int64_t n) {
  float sum = 0;
  for (std::int64_t i = 0; i < n; ++i) sum += a[i] * b[i];
  return sum;
}

void add(float factor, const float* x, float* y, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) y[i] += factor * x[i];
}

// Numbers of weights of one head over all sequences.
std::int64_t weight_count(std::span<const std::int64_t> offsets) {
  std::int64_t sum = 0;
  for (std::size_t b = 0; b + 1 < offsets.size(); ++b) {
    const std::int64_t length = offsets[b + 1] - offsets[b];
    sum += length * length;
  }
  return sum;
}

}  // namespace

void SelfAttention::forward(ConstMatrixView qkv, std::span<const std::int64_t> offsets, RandomStream* random,
                            Saved& saved, MatrixView out) const {
  const std::int64_t width = out.cols(), size = width / heads_, stride = qkv.cols();
  const auto scale = static_cast<float>(1 / std::sqrt(static_cast<double>(size)));
  const auto count = static_cast<std::size_t>(weight_count(offsets) * heads_);
  saved.weights.resize(count);
  saved.dropped.resize(count);
  const auto threshold = static_cast<std::uint64_t>(std::lround(dropout_ * 65536));
  const auto kept = static_cast<float>(1 / (1 - dropout_));
  std::fill_n(out.data(), out.rows() * width, 0.0f);
  float *weights = saved.weights.data(), *dropped = saved.dropped.data();
  for (std::size_t b = 0; b + 1 < offsets.size(); ++b) {
    const std::int64_t first = offsets[b], length = offsets[b + 1] - first;
    for (int h = 0; h < heads_; ++h) {
      const float* const q = qkv.data() + first * stride + h * size;
      const float *const k = q + width, *const v = k + width;
      for (std::int64_t i = 0; i < length; ++i, weights += length, dropped += length) {
        const std::int64_t seen = reach(i, length);
        float largest = -3e38f, sum = 0;
        for (std::int64_t j = 0; j < seen; ++j) {
          weights[j] = inner(q + i * stride, k + j * stride, size) * scale;
          largest = std::max(largest, weights[j]);
        }
        for (std::int64_t j = 0; j < seen; ++j) sum += weights[j] = std::exp(weights[j] - largest);
        float* const row = out.row(first + i).data() + h * size;
        std::uint64_t bits = 0;
        for (std::int64_t j = 0; j < seen; ++j) {
          weights[j] /= sum;
          dropped[j] = weights[j];
          if (random != nullptr && threshold > 0) {
            if (j % 4 == 0) bits = random->next();
            dropped[j] = (bits & 0xFFFF) >= threshold ? weights[j] * kept : 0;
            bits >>= 16;
          }
          add(dropped[j], v + j * stride, row, size);
        }
      }
    }
  }
}

void SelfAttention::forward_behind(ConstMatrixView before, ConstMatrixView qkv, std::span<const std::int64_t> offsets,
                                   MatrixView out) const {
  assert(sees_ == Sees::kUpToItself && before.cols() == qkv.cols());
  const std::int64_t width = out.cols(), size = width / heads_;
  const auto scale = static_cast<float>(1 / std::sqrt(static_cast<double>(size)));
  std::vector<float> weights;
  std::fill_n(out.data(), out.rows() * width, 0.0f);
  for (std::size_t b = 0; b + 1 < offsets.size(); ++b) {
    const std::int64_t first = offsets[b], length = offsets[b + 1] - first;
    for (int h = 0; h < heads_; ++h)
      for (std::int64_t i = 0; i < length; ++i) {
        const std::int64_t seen = before.rows() + i + 1;
        const auto key = [&](std::int64_t j) {
          return (j < before.rows() ? before.row(j) : qkv.row(first + j - before.rows())).data() + width + h * size;
        };
        const float* const query = qkv.row(first + i).data() + h * size;
        weights.resize(seen);
        for (std::int64_t j = 0; j < seen; ++j) weights[j] = dot(query, key(j), size) * scale;
        const float largest = *std::ranges::max_element(weights);
        float sum = 0;
        for (float& weight : weights) sum += weight = std::exp(weight - largest);
        float* const row = out.row(first + i).data() + h * size;
        for (std::int64_t j = 0; j < seen; ++j) add(weights[j] / sum, key(j) + width, row, size);
      }
  }
}

void SelfAttention::backward(ConstMatrixView qkv, std::span<const std::int64_t> offsets, const Saved& saved,
                             ConstMatrixView d_out, MatrixView d_qkv) const {
  const std::int64_t width = d_out.cols(), size = width / heads_, stride = qkv.cols();
  const auto scale = static_cast<float>(1 / std::sqrt(static_cast<double>(size)));
  std::fill_n(d_qkv.data(), d_qkv.rows() * stride, 0.0f);
  const float *weights = saved.weights.data(), *dropped = saved.dropped.data();
  std::vector<float> d_weights;
  for (std::size_t b = 0; b + 1 < offsets.size(); ++b) {
    const std::int64_t first = offsets[b], length = offsets[b + 1] - first;
    d_weights.resize(static_cast<std::size_t>(length));
    for (int h = 0; h < heads_; ++h) {
      const std::int64_t at = first * stride + h * size;
      const float *const q = qkv.data() + at, *const k = q + width, *const v = k + width;
      float *const dq = d_qkv.data() + at, *const dk = dq + width, *const dv = dk + width;
      for (std::int64_t i = 0; i < length; ++i, weights += length, dropped += length) {
        const std::int64_t seen = reach(i, length);
        const float* const d_row = d_out.row(first + i).data() + h * size;
        float mean = 0;
        for (std::int64_t j = 0; j < seen; ++j) {
          add(dropped[j], d_row, dv + j * stride, size);
          // A weight that was dropped has no gradient; the others have that of what they were scaled to.
          d_weights[j] = weights[j] > 0 ? inner(d_row, v + j * stride, size) * (dropped[j] / weights[j]) : 0;
          mean += weights[j] * d_weights[j];
        }
        for (std::int64_t j = 0; j < seen; ++j) {
          const float d_score = weights[j] * (d_weights[j] - mean) * scale;
          add(d_score, k + j * stride, dq + i * stride, size);
          add(d_score, q + i * stride, dk + j * stride, size);
        }
      }
    }
  }
}

}  // namespace genre::neural
