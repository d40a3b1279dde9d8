#include "genre/neural/activation_gradient.h"

#include "genre/neural/gradient_check_test.h"
#include "genre/nn/gated_activation.h"

namespace genre::neural {
namespace {

TEST(ActivationGradient, IsTheSlopeOfTheActivation) {
  RandomStream random(7, "activation");
  for (const Activation activation : {Activation::kTanh, Activation::kSilu}) {
    Matrix x = random_matrix(30, 41, random, /*spread=*/2);
    const Matrix probe = random_matrix(30, 41, random);
    const auto value = [&] {
      Matrix y = x;
      nn::activate(activation, y.data(), 30 * 41);
      return inner(y, probe);
    };
    Matrix gradient = probe;
    activation_backward(activation, x, gradient.view());
    expect_gradient(x, gradient, value, "input");
  }
}

TEST(ActivationGradient, OfReluPassesWhatWasOn) {
  Matrix x(1, 3), gradient(1, 3);
  for (int i = 0; i < 3; ++i) x.row(0)[i] = static_cast<float>(i - 1), gradient.row(0)[i] = 5;
  activation_backward(Activation::kRelu, x, gradient.view());
  EXPECT_EQ(std::vector<float>(gradient.values().begin(), gradient.values().end()), (std::vector<float>{0, 0, 5}));
}

TEST(ActivationGradient, IsFlatWhereTheActivationIs) {
  Matrix x(1, 2), gradient(1, 2);
  for (const Activation activation : {Activation::kTanh, Activation::kSilu}) {
    x.row(0)[0] = -200, x.row(0)[1] = 200;
    std::ranges::fill(gradient.row(0), 1.0f);
    activation_backward(activation, x, gradient.view());
    EXPECT_NEAR(gradient.row(0)[0], 0, 1e-6);
    EXPECT_NEAR(gradient.row(0)[1], activation == Activation::kTanh ? 0 : 1, 1e-6);
  }
}

}  // namespace
}  // namespace genre::neural
