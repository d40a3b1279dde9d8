#include "genre/neural/binary_cross_entropy.h"

#include "genre/neural/gradient_check_test.h"

namespace genre::neural {
namespace {

TEST(BinaryCrossEntropy, IsThePlainLossWithItsGradient) {
  RandomStream random(7, "cross-entropy");
  Matrix logits = random_matrix(1, 30, random, 3), d_logits(1, 30);
  std::vector<float> labels(30);
  for (float& label : labels) label = static_cast<float>(random.below(2));
  const auto plain = [&] {
    double sum = 0;
    for (int t = 0; t < 30; ++t) {
      const double sigma = 1 / (1 + std::exp(-double{logits.data()[t]}));
      sum -= std::log(labels[t] == 1 ? sigma : 1 - sigma);
    }
    return sum;
  };
  EXPECT_NEAR(binary_cross_entropy(logits.row(0), labels, 0.5f, d_logits.row(0)), plain(), 1e-4);
  expect_gradient(
      logits, d_logits, [&] { return plain() / 2; }, "logits");
}

TEST(BinaryCrossEntropy, OfLogitsFarFromZeroIsFinite) {
  const std::vector<float> logits = {200, -200, 200, -200}, labels = {1, 1, 0, 0};
  std::vector<float> d_logits(4);
  EXPECT_EQ(binary_cross_entropy(logits, labels, 1, d_logits), 400);
  EXPECT_EQ(d_logits, (std::vector<float>{0, -1, 1, 0}));
}

}  // namespace
}  // namespace genre::neural
