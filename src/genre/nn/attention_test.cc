#include "genre/nn/attention.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "genre/base/random.h"
#include "genre/nn/relative_bias.h"

namespace genre::nn {
namespace {

Matrix random_matrix(std::int64_t rows, std::int64_t cols, double spread, RandomStream& random) {
  Matrix out(rows, cols);
  for (std::int64_t r = 0; r < rows; ++r)
    for (auto& v : out.row(r)) v = static_cast<float>(random.normal() * spread);
  return out;
}

// One output element in doubles.
double truth(const Matrix& qkv, std::int64_t first, std::int64_t last, std::int64_t width, std::int64_t size,
             std::int64_t t, std::int64_t d, const AttentionOptions& options = {}) {
  const std::int64_t head = d / size * size;
  if (options.window > 0) first = std::max(first, t - options.window), last = std::min(last, t + options.window + 1);
  std::vector<double> scores;
  for (std::int64_t j = first; j < last; ++j) {
    double score = 0;
    for (std::int64_t i = 0; i < size; ++i) score += double{qkv.row(t)[head + i]} * qkv.row(j)[width + head + i];
    score /= std::sqrt(static_cast<double>(size));
    if (!options.bias.empty()) score += options.bias.row(head / size)[j - t + bias_length(options.bias) - 1];
    scores.push_back(score);
  }
  const double maximum = *std::max_element(scores.begin(), scores.end());
  double sum = 0, out = 0;
  for (const double s : scores) sum += std::exp(s - maximum);
  for (std::int64_t j = first; j < last; ++j)
    out += std::exp(scores[j - first] - maximum) / sum * qkv.row(j)[2 * width + d];
  return out;
}

}  // namespace

TEST(SelfAttention, AgreesWithDoublesOnPackedSequences) {
  RandomStream random(7, "attention");
  for (const auto& [heads, size] : {std::pair{1, 16}, {12, 32}, {3, 48}, {2, 64}}) {
    const std::int64_t width = heads * size;
    std::vector<std::int32_t> offsets = {0};
    for (const int length : {1, 2, 5, 0, 8, 17, 31, 32, 33, 70}) offsets.push_back(offsets.back() + length);
    for (const double spread : {1.0, 4.0}) {
      const Matrix qkv = random_matrix(offsets.back(), 3 * width, spread, random);
      Matrix out(offsets.back(), width);
      self_attention(qkv, offsets, {.heads = heads}, out.view());
      for (std::size_t b = 0; b + 1 < offsets.size(); ++b)
        for (std::int64_t t = offsets[b]; t < offsets[b + 1]; ++t)
          for (std::int64_t d = 0; d < width; ++d)
            ASSERT_NEAR(out.row(t)[d], truth(qkv, offsets[b], offsets[b + 1], width, size, t, d), 2e-5 * spread)
                << b << " " << t << " " << d;
    }
  }
}

TEST(SelfAttention, WindowsAndBiasesAgreeWithDoubles) {
  RandomStream random(7, "attention window");
  const int heads = 2, size = 16, width = heads * size;
  std::vector<std::int32_t> offsets = {0};
  for (const int length : {1, 5, 0, 31, 70, 150}) offsets.push_back(offsets.back() + length);
  const Matrix qkv = random_matrix(offsets.back(), 3 * width, 2, random);
  const Matrix bias = relative_bias(random_matrix(32, heads, 2, random), 160, 128);
  for (const int window : {0, 1, 3, 8, 33, 64, 200}) {
    for (const bool biased : {false, true}) {
      const AttentionOptions options{heads, window, biased ? bias.view() : ConstMatrixView()};
      Matrix out(offsets.back(), width);
      self_attention(qkv, offsets, options, out.view());
      for (std::size_t b = 0; b + 1 < offsets.size(); ++b)
        for (std::int64_t t = offsets[b]; t < offsets[b + 1]; ++t)
          for (std::int64_t d = 0; d < width; ++d)
            ASSERT_NEAR(out.row(t)[d], truth(qkv, offsets[b], offsets[b + 1], width, size, t, d, options), 4e-5)
                << window << " " << b << " " << t << " " << d;
    }
  }
}

TEST(SelfAttention, RoundedHeadsAgreeWithDoublesToBf16) {
  RandomStream random(7, "rounded attention");
  for (const auto& [heads, size] : {std::pair{1, 16}, {12, 32}, {3, 48}, {2, 64}}) {
    const std::int64_t width = heads * size;
    std::vector<std::int32_t> offsets = {0};
    for (const int length : {1, 2, 5, 0, 8, 17, 31, 32, 33, 70}) offsets.push_back(offsets.back() + length);
    const Matrix qkv = random_matrix(offsets.back(), 3 * width, 1, random);
    const Matrix bias = relative_bias(random_matrix(32, heads, 2, random), 160, 128);
    for (const int window : {0, 3, 33}) {
      const AttentionOptions options{heads, window, bias, /*rounded=*/true};
      Matrix out(offsets.back(), width), alone(33, width);
      self_attention(qkv, offsets, options, out.view());
      for (std::size_t b = 0; b + 1 < offsets.size(); ++b)
        for (std::int64_t t = offsets[b]; t < offsets[b + 1]; ++t)
          for (std::int64_t d = 0; d < width; ++d)
            ASSERT_NEAR(out.row(t)[d], truth(qkv, offsets[b], offsets[b + 1], width, size, t, d, options), 2e-2)
                << window << " " << b << " " << t << " " << d;
      const ConstMatrixView last_but_one(qkv.row(offsets[8]).data(), 33, 3 * width);
      self_attention(last_but_one, std::vector<std::int32_t>{0, 33}, options, alone.view());
      EXPECT_TRUE(std::ranges::equal(alone.values(), out.values().subspan(offsets[8] * width, 33 * width)));
    }
  }
}

TEST(SelfAttention, ASequenceSeesOnlyItself) {
  RandomStream random(7, "attention alone");
  const Matrix qkv = random_matrix(40, 3 * 64, 1, random);
  Matrix together(40, 64), alone(23, 64);
  self_attention(qkv, std::vector<std::int32_t>{0, 23, 40}, {.heads = 2}, together.view());
  self_attention({qkv.data(), 23, 3 * 64}, std::vector<std::int32_t>{0, 23}, {.heads = 2}, alone.view());
  for (int t = 0; t < 23; ++t)
    for (int d = 0; d < 64; ++d) EXPECT_EQ(together.row(t)[d], alone.row(t)[d]);
}

TEST(SelfAttention, LargeScoresDoNotOverflow) {
  Matrix qkv(9, 3 * 16), out(9, 16);
  for (int t = 0; t < 9; ++t)
    for (int d = 0; d < 16; ++d) {
      qkv.row(t)[d] = 100.0f;
      qkv.row(t)[16 + d] = t == 3 ? 100.0f : -100.0f;
      qkv.row(t)[32 + d] = static_cast<float>(t);
    }
  self_attention(qkv, std::vector<std::int32_t>{0, 9}, {}, out.view());
  for (const float v : out.values()) EXPECT_NEAR(v, 3.0f, 1e-6);
}

}  // namespace genre::nn
