#include "genre/neural/expert_mixture.h"

#include "genre/neural/gradient_check_test.h"

namespace genre::neural {
namespace {

constexpr int kExperts = 3, kWidth = 5;

TEST(ExpertMixture, IsTheMeanOfItsVectorsByTheirShares) {
  const std::vector<float> vectors = {1, 2, 10, 20}, logits = {0, std::log(3.0f)};  // a quarter and three quarters
  std::vector<float> out = {100, 0};
  add_mixture(vectors, logits, out);
  EXPECT_NEAR(out[0], 100 + 0.25 * 1 + 0.75 * 10, 1e-4);
  EXPECT_NEAR(out[1], 0.25 * 2 + 0.75 * 20, 1e-4);
}

TEST(ExpertMixture, LogitsFarApartLeaveOneVector) {
  const std::vector<float> vectors = {3, 4}, logits = {-1000, 1000};
  std::vector<float> out = {0};
  add_mixture(vectors, logits, out);
  EXPECT_EQ(out[0], 4);
}

class ExpertMixtureGradient : public ::testing::Test {
 protected:
  RandomStream random_{7, "mixture"};
  Matrix vectors_ = random_matrix(kExperts, kWidth, random_), logits_ = random_matrix(1, kExperts, random_);
  const Matrix probe_ = random_matrix(1, kWidth, random_);
};

TEST_F(ExpertMixtureGradient, IsThatOfDifferences) {
  const auto value = [&] {
    Matrix out(1, kWidth);
    add_mixture(vectors_.values(), logits_.row(0), out.row(0));
    return inner(out, probe_);
  };
  Matrix d_vectors(kExperts, kWidth), d_logits(1, kExperts);
  mixture_backward(probe_.row(0), vectors_.values(), logits_.row(0), {d_vectors.data(), kExperts * kWidth},
                   d_logits.row(0));
  expect_gradient(vectors_, d_vectors, value, "vectors");
  expect_gradient(logits_, d_logits, value, "logits");
}

TEST_F(ExpertMixtureGradient, MayStandInPlace) {
  Matrix d_vectors(kExperts, kWidth), d_logits(1, kExperts);
  const std::span<float> vectors(vectors_.data(), kExperts * kWidth);
  mixture_backward(probe_.row(0), vectors, logits_.row(0), {d_vectors.data(), vectors.size()}, d_logits.row(0));
  mixture_backward(probe_.row(0), vectors, logits_.row(0), vectors, logits_.row(0));
  EXPECT_TRUE(std::ranges::equal(vectors_.values(), d_vectors.values()));
  EXPECT_TRUE(std::ranges::equal(logits_.values(), d_logits.values()));
}

}  // namespace
}  // namespace genre::neural
