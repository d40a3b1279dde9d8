#include "genre/neural/linear.h"

#include "genre/neural/gradient_check_test.h"

namespace genre::neural {
namespace {

TEST(Linear, HasTheGradientsOfItsProduct) {
  RandomStream random(7, "linear");
  Parameters parameters;
  Linear layer(parameters, "layer", 5, 3, 0.5, random);
  fill_normal(parameters.value(1), 1, random);
  Matrix x = random_matrix(7, 5, random);
  const Matrix probe = random_matrix(7, 3, random);
  const auto value = [&] {
    layer.pack(parameters);
    Matrix y(7, 3);
    layer.forward(parameters, x, y.view());
    return inner(y, probe);
  };
  value();
  Gradients gradients(parameters);
  Matrix dx(7, 5);
  layer.backward(x, probe, dx.view(), gradients);
  expect_gradient(x, dx, value, "input");
  expect_gradient(parameters.value(0), gradients[0], value, "weight");
  expect_gradient(parameters.value(1), gradients[1], value, "bias");
  layer.backward(x, probe, {nullptr, 0, 0}, gradients);  // gradients add up
  EXPECT_NEAR(
      gradients[1].data()[0],
      2 *
          [&] {
            double sum = 0;
            for (int t = 0; t < 7; ++t) sum += probe.row(t)[0];
            return sum;
          }(),
      1e-5);
}

TEST(Linear, WithoutABiasIsTheProductAlone) {
  RandomStream random(7, "no bias");
  Parameters parameters;
  Linear layer(parameters, "layer", 5, 3, 0.5, random, Bias::kNo);
  ASSERT_EQ(parameters.size(), 1);
  Matrix x = random_matrix(4, 5, random);
  const Matrix probe = random_matrix(4, 3, random);
  const auto value = [&] {
    double sum = 0;
    for (int t = 0; t < 4; ++t)
      for (int n = 0; n < 3; ++n) sum += probe.row(t)[n] * dot(x.row(t).data(), parameters.value(0).row(n).data(), 5);
    return sum;
  };
  layer.pack(parameters);
  Matrix y(4, 3), dx(4, 5), frozen(4, 5);
  layer.forward(parameters, x, y.view());
  EXPECT_NEAR(inner(y, probe), value(), 1e-5);
  Gradients gradients(parameters);
  layer.backward(x, probe, dx.view(), gradients);
  expect_gradient(x, dx, value, "input");
  expect_gradient(parameters.value(0), gradients[0], value, "weight");
  layer.input_gradient(probe, frozen.view());
  EXPECT_TRUE(std::ranges::equal(frozen.values(), dx.values()));
}

TEST(Gradients, OfPartsAreSummedIntoTheFirst) {
  Parameters parameters;
  parameters.add("a", 300, 200, true);
  parameters.add("b", 1, 3, false);
  std::vector<Gradients> parts(3, Gradients(parameters));
  for (int p = 0; p < 3; ++p)
    for (int number = 0; number < 2; ++number)
      for (std::int64_t i = 0; i < parts[p][number].rows() * parts[p][number].cols(); ++i)
        parts[p][number].data()[i] = static_cast<float>(p + 1);
  EXPECT_NEAR(sum_gradients(parts), 6 * std::sqrt(60003.0), 1e-6 * 6 * 245);
  EXPECT_EQ(parts[0][0].row(299)[199], 6);
  EXPECT_EQ(parts[0][1].row(0)[2], 6);
}

}  // namespace
}  // namespace genre::neural
