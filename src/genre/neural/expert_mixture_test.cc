#include "genre/neural/expert_mixture.h"

#include "genre/neural/gradient_check_test.h"

namespace genre::neural {
namespace {

constexpr int kExperts = 3, kWidth = 5;

TEST(ExpertMixture, IsTheMeanOfItsVectorsByTheirShares) {
  Matrix row(1, expert_numbers(2, 2));
  const std::vector<float> numbers = {1, 2, 10, 20, 0, std::log(3.0f)};  // shares of a quarter and three quarters
  std::ranges::copy(numbers, row.data());
  std::vector<float> out = {100, 0};
  add_mixture(row.row(0), 2, out);
  EXPECT_NEAR(out[0], 100 + 0.25 * 1 + 0.75 * 10, 1e-4);
  EXPECT_NEAR(out[1], 0.25 * 2 + 0.75 * 20, 1e-4);
}

TEST(ExpertMixture, LogitsFarApartLeaveOneVector) {
  Matrix row(1, expert_numbers(2, 1));
  const std::vector<float> numbers = {3, 4, -1000, 1000};
  std::ranges::copy(numbers, row.data());
  std::vector<float> out = {0};
  add_mixture(row.row(0), 2, out);
  EXPECT_EQ(out[0], 4);
}

TEST(ExpertMixture, HasTheGradientsOfItsNumbers) {
  RandomStream random(7, "mixture");
  Matrix rows = random_matrix(4, expert_numbers(kExperts, kWidth), random);
  const Matrix probe = random_matrix(4, kWidth, random);
  const auto value = [&] {
    Matrix out(4, kWidth);
    for (int t = 0; t < 4; ++t) add_mixture(std::as_const(rows).row(t), kExperts, out.row(t));
    return inner(out, probe);
  };
  Matrix gradient = rows;
  for (int t = 0; t < 4; ++t) mixture_backward(probe.row(t), kExperts, gradient.row(t));
  expect_gradient(rows, gradient, value, "vectors and logits");
}

}  // namespace
}  // namespace genre::neural
