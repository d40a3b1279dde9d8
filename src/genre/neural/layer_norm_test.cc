#include "genre/neural/layer_norm.h"

#include "genre/neural/gradient_check_test.h"

namespace genre::neural {
namespace {

TEST(LayerNorm, HasTheGradientsOfItsValues) {
  RandomStream random(7, "norm");
  Parameters parameters;
  const LayerNorm norm(parameters, "norm", 9);
  fill_normal(parameters.value(0), 1, random);
  fill_normal(parameters.value(1), 1, random);
  Matrix x = random_matrix(5, 9, random);
  const Matrix probe = random_matrix(5, 9, random);
  LayerNorm::Saved saved;
  const auto value = [&] {
    Matrix y = x;
    norm.forward(parameters, y.view(), saved);
    return inner(y, probe);
  };
  value();
  Gradients gradients(parameters);
  Matrix dx = probe;
  norm.backward(parameters, saved, dx.view(), gradients);
  expect_gradient(x, dx, value, "input");
  expect_gradient(parameters.value(0), gradients[0], value, "gain");
  expect_gradient(parameters.value(1), gradients[1], value, "shift");
}

TEST(LayerNorm, EpsilonIsAddedToTheVariance) {
  Parameters parameters;
  const LayerNorm norm(parameters, "norm", 2, /*epsilon=*/3);
  Matrix x(1, 2);
  x.row(0)[0] = 4, x.row(0)[1] = 6;
  LayerNorm::Saved saved;
  norm.forward(parameters, x.view(), saved);
  EXPECT_FLOAT_EQ(x.row(0)[1], 0.5f);
}

TEST(LayerNorm, NormalisesEachRow) {
  Parameters parameters;
  const LayerNorm norm(parameters, "norm", 4);
  Matrix x(1, 4);
  for (int d = 0; d < 4; ++d) x.row(0)[d] = static_cast<float>(100 + 2 * d);
  LayerNorm::Saved saved;
  norm.forward(parameters, x.view(), saved);
  for (int d = 0; d < 4; ++d) EXPECT_NEAR(x.row(0)[d], (2 * d - 3) / std::sqrt(5.0), 1e-5);
}

}  // namespace
}  // namespace genre::neural
