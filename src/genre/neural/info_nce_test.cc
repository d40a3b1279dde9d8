#include "genre/neural/info_nce.h"

#include "genre/neural/golden_tensors_test.h"
#include "genre/neural/gradient_check_test.h"

namespace genre::neural {
namespace {

double plain_info_nce(ConstMatrixView views, double temperature) {
  const auto logit = [&](std::int64_t a, std::int64_t b) {
    double product = 0, of_a = 0, of_b = 0;
    for (std::int64_t d = 0; d < views.cols(); ++d) {
      product += double{views.row(a)[d]} * views.row(b)[d];
      of_a += double{views.row(a)[d]} * views.row(a)[d];
      of_b += double{views.row(b)[d]} * views.row(b)[d];
    }
    return product / std::sqrt(of_a * of_b) / temperature;
  };
  double sum = 0;
  for (std::int64_t v = 0; v < views.rows(); ++v) {
    double total = 0;
    for (std::int64_t w = 0; w < views.rows(); ++w) total += w == v ? 0 : std::exp(logit(v, w));
    sum += std::log(total) - logit(v, v % 2 == 0 ? v + 1 : v - 1);
  }
  return sum / static_cast<double>(views.rows());
}

double loss_of(const Matrix& views, double temperature, float factor, Matrix& d_views) {
  Matrix changed = views;
  return InfoNce(temperature).loss(changed.view(), factor, d_views.view());
}

TEST(InfoNce, IsThePlainLossWithItsGradient) {
  RandomStream random(7, "info nce");
  for (const std::int64_t things : {2, 3, 20})
    for (const double temperature : {0.3, 1.0}) {
      Matrix views = random_matrix(2 * things, 6, random), d_views(2 * things, 6);
      EXPECT_NEAR(loss_of(views, temperature, 0.5f, d_views), plain_info_nce(views, temperature), 1e-5);
      expect_gradient(
          views, d_views, [&] { return plain_info_nce(views, temperature) / 2; }, "views");
    }
}

TEST(InfoNce, ThereIsNothingToTellOneThingFrom) {
  RandomStream random(7, "one thing");
  const Matrix views = random_matrix(2, 6, random);
  Matrix d_views = random_matrix(2, 6, random);
  EXPECT_NEAR(loss_of(views, 0.1, 1, d_views), 0, 1e-6);
  for (const float x : d_views.values()) EXPECT_NEAR(x, 0, 1e-6);
}

TEST(InfoNce, LengthsDoNotMatterAndZerosHaveNoGradient) {
  RandomStream random(7, "lengths");
  Matrix views = random_matrix(6, 4, random), d_views(6, 4), d_longer(6, 4);
  std::ranges::fill(views.row(3), 0.0f);
  Matrix longer = views;
  for (float& x : longer.row(0)) x *= 8;
  EXPECT_NEAR(loss_of(views, 0.5, 1, d_views), loss_of(longer, 0.5, 1, d_longer), 1e-6);
  for (int d = 0; d < 4; ++d) {
    EXPECT_EQ(d_views.row(3)[d], 0);
    EXPECT_NEAR(d_longer.row(0)[d], d_views.row(0)[d] / 8, 1e-6);
  }
}

TEST(InfoNce, HasTheNumbersOfTorch) {
  const GoldenTensors golden("info_nce");
  const Matrix views = golden.read("views");
  Matrix d_views(views.rows(), views.cols());
  for (const auto& [name, temperature] : {std::pair{"cold", 0.1}, {"warm", 1.0}}) {
    const std::string prefix = std::string(name) + "/";
    EXPECT_NEAR(loss_of(views, temperature, 1, d_views), golden.number(prefix + "loss"), 1e-5);
    golden.expect_near(prefix + "d_views", d_views);
  }
}

}  // namespace
}  // namespace genre::neural
