#include "genre/neural/tower.h"

#include "genre/neural/gradient_check_test.h"

namespace genre::neural {
namespace {

constexpr std::int64_t kRows = 7;

class TowerTest : public testing::TestWithParam<std::vector<std::int64_t>> {
 protected:
  TowerTest() {
    // Units are on or off, and far from the kink of relu, where differences tell no slope.
    const auto away = [](std::size_t unit) { return unit % 3 == 0 ? -12.0f : 12.0f; };
    for (int i = 0; i < parameters_.size(); ++i) {
      fill_normal(parameters_.value(i), 0.1, random_);
      const auto values = parameters_.value(i).row(0);
      for (std::size_t unit = 0; parameters_[i].name.ends_with("bias") && unit < values.size(); ++unit)
        values[unit] = away(unit);
    }
    for (std::int64_t t = 0; t < kRows; ++t)
      for (std::size_t unit = 0; unit < x_.row(t).size(); ++unit) x_.row(t)[unit] += away(unit);
  }
  std::vector<float> logits(RandomStream* noise) {
    tower_.pack(parameters_);
    states_ = x_;
    std::vector<float> out(kRows, 0.5f);
    tower_.forward(parameters_, states_.view(), noise, pass_, out);
    return out;
  }
  double value(RandomStream* noise) {
    const std::vector<float> found = logits(noise);
    return inner({found.data(), 1, kRows}, probe_);
  }
  RandomStream random_{7, "tower"};
  Parameters parameters_;
  Tower tower_{{.widths = GetParam(), .dropout = 0.3}, parameters_, "tower", random_};
  Tower::Pass pass_;
  Matrix x_ = random_matrix(kRows, GetParam().front(), random_), states_, probe_ = random_matrix(1, kRows, random_);
};

TEST_P(TowerTest, IsItsFormula) {
  const std::vector<float> found = logits(nullptr);
  for (std::int64_t t = 0; t < kRows; ++t) {
    std::vector<double> state(x_.row(t).begin(), x_.row(t).end());
    for (double& unit : state) unit = std::max(unit, 0.0);
    for (std::size_t l = 1; l < GetParam().size(); ++l) {
      const Matrix &weight = parameters_.value(static_cast<int>(2 * l - 2)),
                   &bias = parameters_.value(static_cast<int>(2 * l - 1));
      std::vector<double> next;
      for (std::int64_t n = 0; n < weight.rows(); ++n) {
        double sum = bias.data()[n];
        for (std::size_t k = 0; k < state.size(); ++k) sum += state[k] * weight.row(n)[k];
        next.push_back(std::max(sum, 0.0));
      }
      state = next;
    }
    double logit = 0.5;  // what was there
    const Matrix& output = parameters_.value(parameters_.size() - 1);
    for (std::size_t k = 0; k < state.size(); ++k) logit += state[k] * output.data()[k];
    EXPECT_NEAR(found[t], logit, 1e-4 * (1 + std::abs(logit))) << t;
  }
}

TEST_P(TowerTest, HasTheGradientsOfItsLogits) {
  for (const bool noisy : {false, true}) {
    const auto of = [&] {
      RandomStream noise(3, "noise");
      return value(noisy ? &noise : nullptr);
    };
    of();
    Gradients gradients(parameters_);
    Matrix d_x(kRows, GetParam().front()), frozen(kRows, GetParam().front());
    tower_.backward(parameters_, states_, probe_.row(0), pass_, d_x.view(), &gradients);
    tower_.backward(parameters_, states_, probe_.row(0), pass_, frozen.view(), nullptr);
    EXPECT_TRUE(std::ranges::equal(frozen.values(), d_x.values()));
    expect_gradient(x_, d_x, of, "sums", 1e-2, 1e-2);
    for (int i = 0; i < parameters_.size(); ++i)
      expect_gradient(parameters_.value(i), gradients[i], of, parameters_[i].name, 1e-3, 1e-2);
  }
}

INSTANTIATE_TEST_SUITE_P(OfLayers, TowerTest,
                         testing::Values(std::vector<std::int64_t>{6}, std::vector<std::int64_t>{6, 5, 4}),
                         [](const auto& parameter) { return std::to_string(parameter.param.size()); });

}  // namespace
}  // namespace genre::neural
