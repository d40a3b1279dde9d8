#include "genre/neural/self_attention.h"

#include "genre/neural/gradient_check_test.h"

namespace genre::neural {
namespace {

const std::vector<std::int64_t> kOffsets = {0, 4, 5, 11};

using Sees = SelfAttention::Sees;

class EverySelfAttention : public testing::TestWithParam<Sees> {};

TEST_P(EverySelfAttention, HasTheGradientsOfItsValues) {
  RandomStream random(7, "attention");
  const SelfAttention attention(2, 0, GetParam());
  Matrix qkv = random_matrix(11, 24, random);
  const Matrix probe = random_matrix(11, 8, random);
  SelfAttention::Saved saved;
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

TEST_P(EverySelfAttention, HasTheGradientsBehindTheSameDropout) {
  RandomStream random(7, "attention");
  const SelfAttention attention(2, 0.4, GetParam());
  Matrix qkv = random_matrix(11, 24, random);
  const Matrix probe = random_matrix(11, 8, random);
  SelfAttention::Saved saved;
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

TEST_P(EverySelfAttention, SeesNoOtherSequenceAndWhatComesLaterWhereItSeesAll) {
  RandomStream random(7, "attention");
  const SelfAttention attention(2, 0, GetParam());
  Matrix qkv = random_matrix(11, 24, random);
  SelfAttention::Saved saved;
  Matrix before(11, 8), after(11, 8);
  attention.forward(qkv, kOffsets, nullptr, saved, before.view());
  for (float& v : qkv.row(8)) v += 1;  // the fourth token of the third sequence
  attention.forward(qkv, kOffsets, nullptr, saved, after.view());
  for (std::int64_t t = 0; t < 11; ++t)
    for (std::int64_t d = 0; d < 8; ++d)
      EXPECT_EQ(before.row(t)[d] != after.row(t)[d], t >= (GetParam() == Sees::kAll ? 5 : 8)) << t << ", " << d;
}

TEST_P(EverySelfAttention, GivesTheValueOfASingleToken) {
  RandomStream random(7, "attention");
  const Matrix qkv = random_matrix(11, 24, random);
  Matrix out(11, 8);
  SelfAttention::Saved saved;
  SelfAttention(2, 0, GetParam()).forward(qkv, kOffsets, nullptr, saved, out.view());
  for (std::int64_t d = 0; d < 8; ++d) EXPECT_FLOAT_EQ(out.row(4)[d], qkv.row(4)[16 + d]);
}

TEST(SelfAttention, ASequenceBehindAnotherIsTheEndOfBothInOne) {
  RandomStream random(7, "attention");
  const SelfAttention attention(2, 0.4, Sees::kUpToItself);
  const Matrix whole = random_matrix(9, 24, random), other = random_matrix(2, 24, random);
  for (std::int64_t before = 0; before < 9; ++before) {
    SelfAttention::Saved saved;
    const std::vector<std::int64_t> one = {0, 9}, two = {0, 2, 11 - before};
    Matrix wanted(9, 8), behind(11 - before, 24), found(11 - before, 8);
    attention.forward(whole, one, nullptr, saved, wanted.view());
    std::ranges::copy(other.values(), behind.data());
    std::copy_n(whole.row(before).data(), (9 - before) * 24, behind.row(2).data());
    attention.forward_behind({whole.data(), before, 24}, behind, two, found.view());
    for (std::int64_t t = before; t < 9; ++t)
      for (std::int64_t d = 0; d < 8; ++d)
        EXPECT_NEAR(found.row(2 + t - before)[d], wanted.row(t)[d], 1e-6) << before << ' ' << t;
  }
}

INSTANTIATE_TEST_SUITE_P(All, EverySelfAttention, testing::Values(Sees::kUpToItself, Sees::kAll),
                         [](const auto& one) { return one.param == Sees::kAll ? "all" : "up_to_itself"; });

}  // namespace
}  // namespace genre::neural
