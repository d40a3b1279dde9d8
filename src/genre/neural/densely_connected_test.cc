#include "genre/neural/densely_connected.h"

#include "genre/neural/gradient_check_test.h"
#include "genre/nn/gated_activation.h"

namespace genre::neural {
namespace {

class DenselyConnectedTest : public testing::TestWithParam<DenselyConnectedShape> {
 protected:
  void SetUp() override {
    for (int i = 0; i < parameters_.size(); ++i) fill_normal(parameters_.value(i), 0.7, random_);
  }
  Matrix forward() {
    layers_.pack(parameters_);
    const ConstMatrixView found = layers_.forward(parameters_, x_, pass_);
    Matrix out(found.rows(), found.cols());
    std::copy_n(found.data(), out.rows() * out.cols(), out.data());
    return out;
  }
  RandomStream random_{7, "dense"};
  Parameters parameters_;
  DenselyConnected layers_{parameters_, "dense", GetParam(), 1, random_};
  DenselyConnected::Pass pass_;
  Matrix x_ = random_matrix(9, GetParam().width, random_);
};

TEST_P(DenselyConnectedTest, HasTheGradientsOfItsLastLayer) {
  const Matrix probe = random_matrix(9, GetParam().width, random_);
  forward();
  Matrix gradient = probe;
  Gradients gradients(parameters_);
  layers_.backward(parameters_, gradient.view(), pass_, gradients);
  const auto value = [&] { return inner(forward(), probe); };
  expect_gradient(x_, gradient, value, "input", 1e-3, 1e-2);
  for (int i = 0; i < parameters_.size(); ++i)
    expect_gradient(parameters_.value(i), gradients[i], value, parameters_[i].name, 1e-3, 1e-2);
}

TEST_P(DenselyConnectedTest, EachLayerSeesTheSumOfAllBefore) {
  const DenselyConnectedShape shape = GetParam();
  const Matrix found = forward();
  std::vector<Matrix> layers;
  int next = 0;  // parameter
  for (int k = 0; k < shape.layers; ++k) {
    Matrix h(9, shape.width);
    if (k == 0) h = x_;
    for (std::int64_t t = 0; k > 0 && t < 9; ++t)
      for (std::int64_t d = 0; d < shape.width; ++d) {
        h.row(t)[d] = parameters_.value(next + 1).row(0)[d];
        for (std::int64_t i = 0; i < shape.width; ++i)
          h.row(t)[d] += parameters_.value(next).row(d)[i] * layers.back().row(t)[i];
        for (const Matrix& layer : layers) h.row(t)[d] += layer.row(t)[d];
      }
    if (k > 0) next += 2;
    nn::activate(shape.activation, h.data(), 9 * shape.width);
    if (shape.normalised) {
      for (std::int64_t t = 0; t < 9; ++t) {
        double mean = 0, variance = 0;
        for (const float x : h.row(t)) mean += x / static_cast<double>(shape.width);
        for (const float x : h.row(t)) variance += (x - mean) * (x - mean) / static_cast<double>(shape.width);
        for (std::int64_t d = 0; d < shape.width; ++d)
          h.row(t)[d] = static_cast<float>((h.row(t)[d] - mean) / std::sqrt(variance + DenselyConnected::kEpsilon)) *
                            parameters_.value(next).row(0)[d] +
                        parameters_.value(next + 1).row(0)[d];
      }
      next += 2;
    }
    layers.push_back(std::move(h));
  }
  EXPECT_EQ(next, parameters_.size());
  for (std::int64_t i = 0; i < 9 * shape.width; ++i) EXPECT_NEAR(found.data()[i], layers.back().data()[i], 2e-4);
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, DenselyConnectedTest,
    testing::Values(DenselyConnectedShape{.width = 6},
                    DenselyConnectedShape{.width = 6, .layers = 3, .activation = Activation::kSilu},
                    DenselyConnectedShape{
                        .width = 6, .layers = 5, .activation = Activation::kSilu, .normalised = true}),
    [](const auto& shape) { return "Layers" + std::to_string(shape.param.layers); });

}  // namespace
}  // namespace genre::neural
