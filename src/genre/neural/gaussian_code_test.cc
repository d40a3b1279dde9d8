#include "genre/neural/gaussian_code.h"

#include "genre/neural/gradient_check_test.h"

namespace genre::neural {
namespace {

class GaussianCodeTest : public testing::Test {
 protected:
  Gaussians gaussians() const { return {mean_, log_variance_}; }
  GaussianGradients gradients() { return {d_mean_.view(), d_log_variance_.view()}; }
  RandomStream random_{7, "code"};
  Matrix mean_ = random_matrix(5, 6, random_), log_variance_ = random_matrix(5, 6, random_);
  Matrix d_mean_{5, 6}, d_log_variance_{5, 6};
};

TEST_F(GaussianCodeTest, CodesHaveTheGradientsOfTheirDistribution) {
  Matrix z(5, 6);
  const Matrix probe = random_matrix(5, 6, random_);
  const auto value = [&] {
    RandomStream noise(3, "noise");
    draw_code(gaussians(), noise, z.view());
    return inner(z, probe);
  };
  value();
  code_backward(gaussians(), z, probe, gradients());
  expect_gradient(mean_, d_mean_, value, "mean");
  expect_gradient(log_variance_, d_log_variance_, value, "log variance");
}

TEST_F(GaussianCodeTest, CodesHaveTheMeanAndTheVariance) {
  Matrix mean(1, 2), log_variance(1, 2), z(1, 2);
  mean.row(0)[0] = 3, log_variance.row(0)[0] = std::log(4.0f), log_variance.row(0)[1] = -60;
  double sum = 0, squares = 0;
  for (int n = 0; n < 20'000; ++n) {
    draw_code({mean, log_variance}, random_, z.view());
    sum += z.row(0)[0];
    squares += (z.row(0)[0] - 3) * (z.row(0)[0] - 3);
    ASSERT_NEAR(z.row(0)[1], 0, 1e-9);
  }
  EXPECT_NEAR(sum / 20'000, 3, 0.06);
  EXPECT_NEAR(squares / 20'000, 4, 0.2);
}

TEST_F(GaussianCodeTest, TheDivergenceIsTheIntegralWithItsGradients) {
  // Of a normal distribution with this mean and variance, by the trapezoidal rule.
  const auto integral = [](double mean, double variance) {
    const double deviation = std::sqrt(variance), step = deviation / 100;
    double sum = 0;
    for (double x = mean - 10 * deviation; x < mean + 10 * deviation; x += step) {
      const double of_log = -(x - mean) * (x - mean) / variance / 2 - std::log(variance) / 2, standard = -x * x / 2;
      sum += step * std::exp(of_log) / std::sqrt(2 * M_PI) * (of_log - standard);
    }
    return sum;
  };
  double wanted = 0;
  for (std::int64_t i = 0; i < 30; ++i) wanted += integral(mean_.data()[i], std::exp(log_variance_.data()[i]));
  EXPECT_NEAR(standard_divergence(gaussians(), 0.5f, gradients()), wanted, 1e-3);
  Matrix ignored_mean(5, 6), ignored(5, 6);
  const auto half = [&] { return standard_divergence(gaussians(), 0, {ignored_mean.view(), ignored.view()}) / 2; };
  expect_gradient(mean_, d_mean_, half, "mean");
  expect_gradient(log_variance_, d_log_variance_, half, "log variance");
}

}  // namespace
}  // namespace genre::neural
