#include "genre/neural/pointwise_attention.h"

#include "genre/neural/gradient_check_test.h"

namespace genre::neural {
namespace {

constexpr std::int64_t kHeads = 2, kWidth = 6, kColumns = 4 * kWidth, kLongest = 7;

class PointwiseAttentionTest : public testing::Test {
 protected:
  Matrix attend() {
    Matrix out(11, kWidth);
    PointwiseAttention::forward(qkv_, offsets_, bias_, saved_, out.view());
    return out;
  }
  const std::vector<std::int64_t> offsets_ = {0, 4, 5, 11};
  RandomStream random_{7, "attention"};
  Matrix qkv_ = random_matrix(11, kColumns, random_), bias_ = random_matrix(kHeads, kLongest, random_);
  PointwiseAttention::Saved saved_;
};

TEST_F(PointwiseAttentionTest, IsItsFormula) {
  const Matrix out = attend();
  constexpr std::int64_t kSize = kWidth / kHeads;
  for (std::size_t b = 0; b + 1 < offsets_.size(); ++b)
    for (std::int64_t i = offsets_[b]; i < offsets_[b + 1]; ++i)
      for (std::int64_t c = 0; c < kWidth; ++c) {
        const std::int64_t head = c / kSize;
        double sum = 0;
        for (std::int64_t j = offsets_[b]; j <= i; ++j) {
          double score = bias_.row(head)[i - j];
          for (std::int64_t d = head * kSize; d < (head + 1) * kSize; ++d)
            score += double{qkv_.row(i)[d]} * qkv_.row(j)[kWidth + d];
          sum += score / (1 + std::exp(-score)) / kLongest * qkv_.row(j)[2 * kWidth + c];
        }
        EXPECT_NEAR(out.row(i)[c], sum, 1e-5) << i << ", " << c;
      }
}

TEST_F(PointwiseAttentionTest, HasTheGradientsOfItsValues) {
  const Matrix probe = random_matrix(11, kWidth, random_);
  const auto value = [&] { return inner(attend(), probe); };
  value();
  Matrix d_qkv(11, kColumns), d_bias(kHeads, kLongest);
  PointwiseAttention::backward(qkv_, offsets_, saved_, probe, d_qkv.view(), d_bias.view());
  expect_gradient(qkv_, d_qkv, value, "queries, keys and values");
  expect_gradient(bias_, d_bias, value, "biases");
}

TEST_F(PointwiseAttentionTest, AddsTheGradientOfBiasesAndLeavesColumnsBehindThoseItReads) {
  const Matrix probe = random_matrix(11, kWidth, random_);
  attend();
  Matrix d_qkv(11, kColumns), once(kHeads, kLongest);
  for (std::int64_t t = 0; t < 11; ++t) d_qkv.row(t)[3 * kWidth] = 5;
  PointwiseAttention::backward(qkv_, offsets_, saved_, probe, d_qkv.view(), once.view());
  Matrix twice = once;
  PointwiseAttention::backward(qkv_, offsets_, saved_, probe, d_qkv.view(), twice.view());
  for (std::int64_t i = 0; i < kHeads * kLongest; ++i) EXPECT_FLOAT_EQ(twice.data()[i], 2 * once.data()[i]);
  for (std::int64_t t = 0; t < 11; ++t) EXPECT_EQ(d_qkv.row(t)[3 * kWidth], 5);
}

TEST_F(PointwiseAttentionTest, AWeightDoesNotShrinkWhereOthersGrow) {
  attend();
  const float weight = saved_.weights[kHeads * 10 + kHeads + 2 * 3 / 2];   // of token 7 on token 5, first head
  for (std::int64_t d = 0; d < kWidth; ++d) qkv_.row(6)[kWidth + d] += 3;  // the key between them
  const std::vector<float> before = saved_.weights;
  attend();
  EXPECT_EQ(saved_.weights[kHeads * 10 + kHeads + 2 * 3 / 2], weight);
  EXPECT_NE(saved_.weights, before);
}

}  // namespace
}  // namespace genre::neural
