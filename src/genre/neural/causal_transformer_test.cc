#include "genre/neural/causal_transformer.h"

#include "genre/neural/gradient_check_test.h"

namespace genre::neural {
namespace {

class CausalTransformerTest : public testing::Test {
 protected:
  void SetUp() override {
    // Far from the start, where all norms see next to nothing.
    for (int i = 0; i < parameters_.size(); ++i) {
      fill_normal(parameters_.value(i), 0.5, random_);
      // Units are on or off, and far from the kink of relu, where differences tell no slope.
      const auto values = parameters_.value(i).row(0);
      for (std::size_t unit = 0; parameters_[i].name.ends_with("inner.bias") && unit < values.size(); ++unit)
        values[unit] = unit % 3 == 0 ? -12.0f : 12.0f;
    }
  }
  double value(RandomStream* noise) {
    transformer_.pack(parameters_);
    Matrix states = tokens_;
    transformer_.forward(parameters_, states.view(), offsets_, noise, pass_);
    return inner(states, probe_);
  }
  RandomStream random_{7, "transformer"};
  const std::vector<std::int64_t> offsets_ = {0, 3, 4, 9};
  Parameters parameters_;
  TransformerShape shape_{.width = 8, .inner = 12, .layers = 2, .heads = 2, .positions = 6, .dropout = 0.3};
  CausalTransformer transformer_{shape_, parameters_, random_};
  CausalTransformer::Pass pass_;
  Matrix tokens_ = random_matrix(9, 8, random_), probe_ = random_matrix(9, 8, random_);
};

TEST_F(CausalTransformerTest, HasTheGradientsOfItsStates) {
  for (const bool noisy : {false, true}) {
    const auto of = [&] {
      RandomStream noise(3, "noise");
      return value(noisy ? &noise : nullptr);
    };
    of();
    Gradients gradients(parameters_);
    Matrix gradient = probe_;
    transformer_.backward(parameters_, gradient.view(), pass_, gradients);
    expect_gradient(tokens_, gradient, of, "tokens", 1e-3, 1e-2);
    for (int i = 0; i < parameters_.size(); ++i)
      expect_gradient(parameters_.value(i), gradients[i], of, parameters_[i].name, 1e-3, 1e-2);
  }
}

TEST_F(CausalTransformerTest, AStateDoesNotDependOnWhatComesLaterOrBeside) {
  value(nullptr);
  Matrix together = tokens_;
  transformer_.forward(parameters_, together.view(), offsets_, nullptr, pass_);
  for (std::size_t b = 0; b + 1 < offsets_.size(); ++b)
    for (std::int64_t length = 1; length <= offsets_[b + 1] - offsets_[b]; ++length) {
      Matrix alone(length, 8);
      for (std::int64_t t = 0; t < length; ++t) std::ranges::copy(tokens_.row(offsets_[b] + t), alone.row(t).data());
      const std::vector<std::int64_t> one = {0, length};
      transformer_.forward(parameters_, alone.view(), one, nullptr, pass_);
      for (std::int64_t d = 0; d < 8; ++d)
        EXPECT_EQ(alone.row(length - 1)[d], together.row(offsets_[b] + length - 1)[d]) << b << ", " << length;
    }
}

}  // namespace
}  // namespace genre::neural
