#include "genre/neural/causal_attention.h"

#include "genre/neural/gradient_check_test.h"

namespace genre::neural {
namespace {

const std::vector<std::int64_t> kOffsets = {0, 4, 5, 11};

TEST(CausalAttention, HasTheGradientsOfItsValues) {
  RandomStream random(7, "attention");
  const CausalAttention attention(2, 0);
  Matrix qkv = random_matrix(11, 24, random);
  const Matrix probe = random_matrix(11, 8, random);
  CausalAttention::Saved saved;
  const auto value = [&] {
    Matrix out(11, 8);
    attention.forward(qkv, kOffsets, nullptr, saved, out.view());
    return inner(out, probe);
  };
  value();
  Matrix d_qkv(11, 24);
  attention.backward(qkv, kOffsets, saved, probe, d_qkv.view());
  expect_gradient(qkv, d_qkv, value, "queries, keys and values");
}

TEST(CausalAttention, HasTheGradientsBehindTheSameDropout) {
  RandomStream random(7, "attention");
  const CausalAttention attention(2, 0.4);
  Matrix qkv = random_matrix(11, 24, random);
  const Matrix probe = random_matrix(11, 8, random);
  CausalAttention::Saved saved;
  const auto value = [&] {
    RandomStream noise(3, "noise");
    Matrix out(11, 8);
    attention.forward(qkv, kOffsets, &noise, saved, out.view());
    return inner(out, probe);
  };
  value();
  EXPECT_NE(saved.weights, saved.dropped);
  Matrix d_qkv(11, 24);
  attention.backward(qkv, kOffsets, saved, probe, d_qkv.view());
  expect_gradient(qkv, d_qkv, value, "queries, keys and values");
}

TEST(CausalAttention, SeesNothingThatComesLaterAndNoOtherSequence) {
  RandomStream random(7, "attention");
  const CausalAttention attention(2, 0);
  Matrix qkv = random_matrix(11, 24, random);
  CausalAttention::Saved saved;
  Matrix before(11, 8), after(11, 8);
  attention.forward(qkv, kOffsets, nullptr, saved, before.view());
  for (float& v : qkv.row(8)) v += 1;  // the fourth token of the third sequence
  attention.forward(qkv, kOffsets, nullptr, saved, after.view());
  for (std::int64_t t = 0; t < 11; ++t)
    for (std::int64_t d = 0; d < 8; ++d) EXPECT_EQ(before.row(t)[d] != after.row(t)[d], t >= 8) << t << ", " << d;
}

TEST(CausalAttention, ASingleTokenGivesItsValue) {
  RandomStream random(7, "attention");
  const Matrix qkv = random_matrix(11, 24, random);
  Matrix out(11, 8);
  CausalAttention::Saved saved;
  CausalAttention(2, 0).forward(qkv, kOffsets, nullptr, saved, out.view());
  for (std::int64_t d = 0; d < 8; ++d) EXPECT_FLOAT_EQ(out.row(4)[d], qkv.row(4)[16 + d]);
}

}  // namespace
}  // namespace genre::neural
