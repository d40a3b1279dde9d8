#include "genre/neural/composite_prior.h"

#include "genre/neural/gradient_check_test.h"

namespace genre::neural {
namespace {

class CompositePriorTest : public testing::Test {
 protected:
  double value() {
    RandomStream noise(3, "noise");
    draw_code({mean_, log_variance_}, noise, codes_.view());
    std::ranges::fill(d_mean_.row(0), 0.0f);
    return composite_divergence({}, {mean_, log_variance_}, {earlier_mean_, earlier_log_variance_}, codes_, 0.5f,
                                {d_mean_.view(), d_log_variance_.view()});
  }
  RandomStream random_{7, "prior"};
  Matrix mean_ = random_matrix(1, 40, random_), log_variance_ = random_matrix(1, 40, random_);
  Matrix earlier_mean_ = random_matrix(1, 40, random_, 2), earlier_log_variance_ = random_matrix(1, 40, random_);
  Matrix codes_{1, 40}, d_mean_{1, 40}, d_log_variance_{1, 40};
};

TEST_F(CompositePriorTest, IsTheLogRatioOfTheDensities) {
  const auto density = [](double x, double mean, double variance) {
    return std::exp(-(x - mean) * (x - mean) / variance / 2) / std::sqrt(2 * M_PI * variance);
  };
  const double found = value();
  double wanted = 0;
  for (int d = 0; d < 40; ++d) {
    const double z = codes_.row(0)[d];
    wanted += std::log(density(z, mean_.row(0)[d], std::exp(log_variance_.row(0)[d]))) -
              std::log(0.15 * density(z, 0, 1) +
                       0.75 * density(z, earlier_mean_.row(0)[d], std::exp(earlier_log_variance_.row(0)[d])) +
                       0.1 * density(z, 0, std::exp(10)));
  }
  EXPECT_NEAR(found, wanted, 1e-4);
}

TEST_F(CompositePriorTest, HasTheGradientsThroughTheCode) {
  value();
  const Matrix d_mean = d_mean_, d_log_variance = d_log_variance_;
  const auto half = [&] { return value() / 2; };
  expect_gradient(mean_, d_mean, half, "mean");
  expect_gradient(log_variance_, d_log_variance, half, "log variance");
}

TEST_F(CompositePriorTest, FarFromEverythingItIsFinite) {
  std::ranges::fill(mean_.row(0), 1e4f);
  EXPECT_TRUE(std::isfinite(value()));
  for (const float slope : d_mean_.row(0)) EXPECT_NEAR(slope, 0.5 * 1e4 * std::exp(-10.0), 1e-2);
}

}  // namespace
}  // namespace genre::neural
