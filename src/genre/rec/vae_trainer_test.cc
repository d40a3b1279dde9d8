#include "genre/rec/vae_trainer.h"

#include <gtest/gtest.h>

#include "genre/base/thread_pool.h"
#include "genre/rec/plain_vae_test.h"
#include "genre/rec/small_world_test.h"

namespace genre {
namespace {

void no_divergence(std::span<const std::int32_t>, const neural::Gaussians&, ConstMatrixView, float,
                   const neural::GaussianGradients&) {}

class VaeTrainerTest : public testing::Test {
 protected:
  VaeTrainer trainer(int batch, double learning_rate = 0.01) {
    return {network_, world_.data(), {.batch = batch, .learning_rate = learning_rate, .divergence = no_divergence}};
  }
  std::vector<float> numbers(const VaeNetwork::Side& side) const {
    std::vector<float> out;
    for (const neural::Parameters* const some : {&side.items, &side.layers})
      for (int i = 0; i < some->size(); ++i)
        out.insert(out.end(), some->value(i).values().begin(), some->value(i).values().end());
    return out;
  }
  SmallWorld world_ = small_world(30, 20);
  RandomStream random_{7, "trainer"};
  const VaeShape shape_{.items = 20, .factors = 4, .encoder = {.width = 6}, .decoder_layer = true};
  VaeNetwork network_{shape_, &random_};
};

TEST_F(VaeTrainerTest, OneSideLearnsWhileTheOtherStandsStill) {
  VaeTrainer training = trainer(8);
  Matrix means(30, 4), log_variances(30, 4);
  for (const bool encoder : {true, false}) {
    const std::vector<float> before_encoder = numbers(network_.encoder), before_decoder = numbers(network_.decoder);
    if (encoder)
      training.learn_encoder(0.5);
    else
      training.learn_decoder({means, log_variances});
    EXPECT_EQ(numbers(network_.encoder) == before_encoder, !encoder);
    EXPECT_EQ(numbers(network_.decoder) == before_decoder, encoder);
  }
}

TEST_F(VaeTrainerTest, ADecoderThatLearnsAloneSeesTheCodesThatItIsGiven) {
  Matrix means(30, 4), log_variances(30, 4);
  std::fill_n(log_variances.data(), 120, -60.0f);
  for (std::int64_t user = 0; user < 30; ++user) means.row(user)[0] = user < 15 ? 3.0f : -3.0f;
  VaeTrainer training = trainer(8);
  for (int pass = 0; pass < 60; ++pass) training.learn_decoder({means, log_variances});
  const auto score = [&](float side, std::int32_t item) {
    Matrix code(1, 4), state(1, 6), scores(1, 20);
    code.row(0)[0] = side;
    VaeNetwork::Pass pass;
    network_.decode(code, pass, state.view());
    network_.likelihood().logits(network_.decoder.items, state, scores.view());
    return scores.row(0)[item];
  };
  for (std::int32_t item = 0; item < 20; ++item) {
    int first_half = 0, second_half = 0;
    for (std::int64_t user = 0; user < 30; ++user)
      (user < 15 ? first_half : second_half) += std::ranges::count(world_.interactions.row_indices(user), item);
    if (std::abs(first_half - second_half) > 3) {
      EXPECT_EQ(score(3, item) - score(-3, item) > 0, first_half > second_half) << item;
    }
  }
}

TEST_F(VaeTrainerTest, TheFirstStepGoesAgainstTheSlopeOfThePlainLoss) {
  // Codes without noise, so that the loss is that of the mean code.
  for (int i = 0; i < network_.encoder.layers.size(); ++i) {
    neural::Parameter& one = network_.encoder.layers[i];
    if (one.name == "encoder.log_variance.weight") std::fill_n(one.value.data(), 24, 0.0f);
    if (one.name == "encoder.log_variance.bias") std::fill_n(one.value.data(), 4, -60.0f);
  }
  network_.pack_encoder();
  const Tensors tensor = [&](const std::string& name) -> ConstMatrixView {
    for (const neural::Parameters* const some : network_.parameters())
      for (int i = 0; i < some->size(); ++i)
        if ((*some)[i].name == name) return some->value(i);
    ADD_FAILURE() << name;
    return {};
  };
  const auto loss = [&] {
    double sum = 0;
    for (std::int64_t user = 0; user < 30; ++user) {
      const auto history = world_.interactions.row_indices(user);
      sum += plain_multinomial_loss(plain_multi_vae(tensor, history), history);
    }
    return sum / 30;
  };
  struct Slope {
    float* number;
    float before;
    double slope;
    std::string name;
  };
  std::vector<Slope> slopes;
  for (neural::Parameters* const some : network_.parameters())
    for (int i = 0; i < some->size(); ++i)
      for (std::int64_t n = 0; n < some->value(i).rows() * some->value(i).cols(); n += 3) {
        float& number = some->value(i).data()[n];
        const float before = number;
        number = before + 0.01f;
        const double above = loss();
        number = before - 0.01f;
        const double slope = (above - loss()) / 0.02;
        number = before;
        if (std::abs(slope) > 1e-3) slopes.push_back({&number, before, slope, (*some)[i].name});
      }
  EXPECT_GT(slopes.size(), 60u);
  trainer(/*batch=*/30, /*learning_rate=*/1e-3).learn(0);
  for (const Slope& one : slopes)
    EXPECT_NEAR(*one.number - one.before, one.slope > 0 ? -1e-3 : 1e-3, 1e-5) << one.name;  // as Adam's first step
}

TEST_F(VaeTrainerTest, EncodesEveryUserAsTheNetworkDoes) {
  const auto encoded = [&](int threads) {
    set_global_threads(threads);
    Matrix means(30, 4), log_variances(30, 4);
    trainer(/*batch=*/8).encode(means.view(), log_variances.view());
    set_global_threads(0);
    return std::pair{means, log_variances};
  };
  const auto [means, log_variances] = encoded(1);
  const auto [others, ignored] = encoded(3);
  EXPECT_TRUE(std::ranges::equal(others.values(), means.values()));
  VaeNetwork::Pass pass;
  for (std::int64_t user = 0; user < 30; ++user) {
    const neural::Bag bag = VaeNetwork::bag_of(world_.interactions.row_indices(user));
    Matrix mean(1, 4), log_variance(1, 4);
    network_.encode({&bag, 1}, pass, mean.view(), log_variance.view());
    for (int d = 0; d < 4; ++d) {
      EXPECT_EQ(mean.row(0)[d], means.row(user)[d]);
      EXPECT_EQ(log_variance.row(0)[d], log_variances.row(user)[d]);
    }
  }
}

TEST_F(VaeTrainerTest, ADivergenceIsAskedForEveryUserOnce) {
  std::vector<int> asked(30);
  VaeTrainer training(network_, world_.data(),
                      {.batch = 7,
                       .learning_rate = 0.01,
                       .divergence = [&](std::span<const std::int32_t> users, const neural::Gaussians& from,
                                         ConstMatrixView codes, float, const neural::GaussianGradients&) {
                         EXPECT_EQ(codes.rows(), std::ssize(users));
                         EXPECT_EQ(from.mean.rows(), std::ssize(users));
                         for (const std::int32_t user : users) ++asked[user];
                       }});
  training.learn_encoder(0.5);
  EXPECT_EQ(asked, std::vector<int>(30, 1));
}

}  // namespace
}  // namespace genre
