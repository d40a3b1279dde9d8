#include "genre/torch/regularised_loss.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>

namespace genre::trainer {
namespace {

// Two sequences of 3 and 2 tokens, whose pooled states are sums of their (shifted) embeddings through a matrix.
class RegularisedLossTest : public testing::Test {
 protected:
  RegularisedLossTest() {
    torch::manual_seed(3);
    const std::vector<std::vector<std::int32_t>> ids = {{1, 2, 3}, {4, 5}};
    const std::vector<std::span<const std::int32_t>> spans(ids.begin(), ids.end());
    batch_ = pack(spans);
    embeddings_ = torch::randn({5, 4});
    weight_ = torch::randn({3, 4}).requires_grad_(true);
    labels_ = torch::tensor({2, 0}, torch::kInt64);
    steps_.width = 4;
    steps_.represent = [this](const torch::Tensor& shift) {
      const torch::Tensor x = shift.defined() ? embeddings_ + shift : embeddings_;
      shifts_.push_back(shift);
      return torch::tanh(torch::zeros({2, 4}).index_add(0, batch_.sequence, x));
    };
    steps_.head = [this](const torch::Tensor& pooled) { return torch::linear(pooled, weight_); };
    steps_.loss = [this](const torch::Tensor& out) { return torch::cross_entropy_loss(out, labels_); };
    steps_.loss_of_others = [this](const torch::Tensor& out, const torch::Tensor& order) {
      return torch::cross_entropy_loss(out, labels_.index_select(0, order));
    };
    steps_.divergence = [](const torch::Tensor& a, const torch::Tensor& b) { return (a - b).pow(2).sum(); };
  }
  double plain() { return steps_.loss(steps_.head(steps_.represent({}))).item<double>(); }
  double of_sequence(const torch::Tensor& shift, int sequence) {
    return shift.index_select(0, torch::nonzero(batch_.sequence == sequence).flatten()).norm().item<double>();
  }

  PackedBatch batch_;
  torch::Tensor embeddings_, weight_, labels_;
  std::vector<torch::Tensor> shifts_;
  LossSteps steps_;
  RegularisationOptions options_;
};

TEST_F(RegularisedLossTest, WithoutMethodsIsTheLoss) {
  EXPECT_EQ(regularised_loss(options_, batch_, steps_).item<double>(), plain());
}

TEST_F(RegularisedLossTest, AdversarialMovesGoUphillAndNoFurtherThanAllowed) {
  for (const char* method : {"fgm", "pgd", "freelb"}) {
    SCOPED_TRACE(method);
    options_.adversarial = method;
    options_.adversarial_size = 0.5;
    options_.adversarial_step = 0.2;
    options_.adversarial_steps = 4;
    shifts_.clear();
    const torch::Tensor loss = regularised_loss(options_, batch_, steps_);
    const torch::Tensor last = shifts_.back().detach();
    EXPECT_GT(steps_.loss(steps_.head(steps_.represent(last))).item<double>(), plain() + 0.05);
    for (int sequence : {0, 1}) EXPECT_LE(of_sequence(last, sequence), 0.5 + 1e-5);
    if (std::string(method) == "fgm") {
      EXPECT_NEAR(of_sequence(last, 1), 0.5, 1e-5);
    }
    weight_.mutable_grad() = torch::Tensor();
    loss.backward();
    EXPECT_GT(weight_.grad().norm().item<double>(), 0);
  }
}

TEST_F(RegularisedLossTest, OneSmallStepRaisesTheLossByTheLengthOfTheGradient) {
  options_.adversarial = "fgm";
  options_.adversarial_size = 1e-3;
  const double moved = 2 * regularised_loss(options_, batch_, steps_).item<double>() - plain();
  torch::Tensor shift = torch::zeros({5, 4}, torch::requires_grad());
  steps_.loss(steps_.head(steps_.represent(shift))).backward();
  const double lengths = of_sequence(shift.grad(), 0) + of_sequence(shift.grad(), 1);
  EXPECT_NEAR((moved - plain()) / 1e-3, lengths, 2e-3 * lengths);
}

TEST_F(RegularisedLossTest, RDropAddsTheDivergenceOfTwoPasses) {
  options_.r_drop = 2;
  EXPECT_NEAR(regularised_loss(options_, batch_, steps_).item<double>(), plain(), 1e-6);  // no noise, no divergence
  int pass = 0;
  const auto quiet = steps_.represent;
  steps_.represent = [&](const torch::Tensor& shift) { return quiet(shift) * (pass++ % 2 == 0 ? 1.0 : 0.5); };
  const torch::Tensor a = steps_.head(quiet({})), b = steps_.head(quiet({}) * 0.5);
  const double wanted =
      (steps_.loss(a) + steps_.loss(b)).item<double>() / 2 + 2 * steps_.divergence(a, b).item<double>();
  EXPECT_NEAR(regularised_loss(options_, batch_, steps_).item<double>(), wanted, 1e-5);
}

TEST_F(RegularisedLossTest, MixupIsTheMixedLossOfMixedStates) {
  options_.mixup = 0.4;
  for (int seed = 0; seed < 20; ++seed) {
    torch::manual_seed(seed);
    const double found = regularised_loss(options_, batch_, steps_).item<double>();
    torch::manual_seed(seed);
    const torch::Tensor gammas = torch::_standard_gamma(torch::full({2}, 0.4, torch::kFloat64));
    const double own = (gammas[0] / gammas.sum()).item<double>();
    const torch::Tensor order = torch::randperm(2, torch::kInt64), pooled = steps_.represent({});
    const torch::Tensor out = steps_.head(own * pooled + (1 - own) * pooled.index_select(0, order));
    const double wanted =
        own * steps_.loss(out).item<double>() + (1 - own) * steps_.loss_of_others(out, order).item<double>();
    EXPECT_NEAR(found, wanted, 1e-6);
  }
}

}  // namespace
}  // namespace genre::trainer
