#include "genre/neural/multinomial_likelihood.h"

#include "genre/base/thread_pool.h"
#include "genre/neural/gradient_check_test.h"

namespace genre::neural {
namespace {

// Random histories of a few states over a catalogue.
struct World {
  World(std::int64_t states_count, std::int64_t items_count, std::int64_t width)
      : layer(parameters, "items", items_count, width, 1, random), states(random_matrix(states_count, width, random)) {
    fill_normal(parameters.value(1), 1, random);
    lists.resize(states_count);
    for (auto& list : lists) {
      for (std::int32_t item = 0; item < items_count; ++item)
        if (random.uniform() < 3.0 / static_cast<double>(items_count)) list.push_back(item);
      histories.emplace_back(list);
    }
    layer.pack(parameters);
  }
  double plain_loss() const {
    const Matrix &weight = parameters.value(0), &bias = parameters.value(1);
    double sum = 0;
    for (std::int64_t b = 0; b < states.rows(); ++b) {
      std::vector<double> logits(weight.rows());
      double total = 0;
      for (std::int64_t i = 0; i < weight.rows(); ++i) {
        logits[i] = bias.row(0)[i];
        for (std::int64_t d = 0; d < weight.cols(); ++d) logits[i] += double{states.row(b)[d]} * weight.row(i)[d];
        total += std::exp(logits[i]);
      }
      for (const std::int32_t item : lists[b]) sum += std::log(total) - logits[item];
    }
    return sum;
  }
  RandomStream random{7, "histories"};
  Parameters parameters;
  MultinomialLikelihood layer;
  Matrix states;
  std::vector<std::vector<std::int32_t>> lists;
  std::vector<std::span<const std::int32_t>> histories;
};

TEST(MultinomialLikelihood, IsThePlainLossWithItsGradients) {
  for (const auto& [states_count, items_count] : {std::pair{1, 1}, {5, 7}, {30, 100}}) {
    World world(states_count, items_count, 6);
    Matrix d_states(states_count, 6);
    Gradients gradients(world.parameters);
    EXPECT_NEAR(world.layer.loss(world.parameters, world.states, world.histories, 0.5f, d_states.view(), &gradients),
                world.plain_loss(), 1e-4 * states_count);
    const auto half = [&] { return world.plain_loss() / 2; };
    expect_gradient(world.states, d_states, half, "states", 1e-3);
    expect_gradient(world.parameters.value(0), gradients[0], half, "weight", 1e-3);
    expect_gradient(world.parameters.value(1), gradients[1], half, "bias", 1e-3);
  }
}

TEST(MultinomialLikelihood, EitherGradientComesWithoutTheOther) {
  World world(30, 100, 6);
  Matrix d_states(30, 6), alone(30, 6);
  Gradients gradients(world.parameters), of_weights(world.parameters);
  const double both = world.layer.loss(world.parameters, world.states, world.histories, 1, d_states.view(), &gradients);
  EXPECT_EQ(world.layer.loss(world.parameters, world.states, world.histories, 1, alone.view(), nullptr), both);
  EXPECT_EQ(world.layer.loss(world.parameters, world.states, world.histories, 1, {nullptr, 0, 6}, &of_weights), both);
  EXPECT_TRUE(std::ranges::equal(alone.values(), d_states.values()));
  for (const int number : {0, 1})
    EXPECT_TRUE(std::ranges::equal(of_weights[number].values(), gradients[number].values()));
}

TEST(MultinomialLikelihood, BlocksOfStatesAndTheNumberOfThreadsChangeNothing) {
  const std::int64_t items_count = MultinomialLikelihood::kLogitBytes / 4 / MultinomialLikelihood::kFewestRows;
  World world(100, items_count, 2);  // three blocks
  struct Found {
    double loss;
    Matrix d_states;
    Gradients gradients;
  };
  const auto found = [&](int threads) {
    set_global_threads(threads);
    Found out{0, Matrix(100, 2), Gradients(world.parameters)};
    out.loss =
        world.layer.loss(world.parameters, world.states, world.histories, 1, out.d_states.view(), &out.gradients);
    return out;
  };
  const Found one = found(1), three = found(3);
  set_global_threads(0);
  EXPECT_EQ(one.loss, three.loss);
  EXPECT_TRUE(std::ranges::equal(one.d_states.values(), three.d_states.values()));
  EXPECT_TRUE(std::ranges::equal(one.gradients[0].values(), three.gradients[0].values()));
  double apart = 0;
  Gradients sum(world.parameters), some(world.parameters);
  Matrix alone(1, 2);
  for (std::int64_t b = 0; b < 100; ++b) {
    apart += world.layer.loss(world.parameters, {world.states.row(b).data(), 1, 2},
                              std::span(world.histories).subspan(b, 1), 1, alone.view(), &some);
    for (const int d : {0, 1}) EXPECT_NEAR(alone.row(0)[d], one.d_states.row(b)[d], 1e-5);
    add_scaled(1, some[0].data(), sum[0].data(), 2 * items_count);
  }
  EXPECT_NEAR(apart, one.loss, 1e-6 * apart);
  for (std::int64_t i = 0; i < items_count; i += 97) EXPECT_NEAR(sum[0].row(i)[1], one.gradients[0].row(i)[1], 1e-5);
}

TEST(MultinomialLikelihood, LogitsAreThoseOfTheLoss) {
  World world(1, 20, 3);
  Matrix logits(1, 20);
  world.layer.logits(world.parameters, world.states, logits.view());
  double total = 0, wanted = 0;
  for (const float logit : logits.row(0)) total += std::exp(logit);
  for (const std::int32_t item : world.lists[0]) wanted += std::log(total) - logits.row(0)[item];
  ASSERT_FALSE(world.lists[0].empty());
  EXPECT_NEAR(wanted, world.plain_loss(), 1e-5);
}

}  // namespace
}  // namespace genre::neural
