#include "genre/neural/embedding_bag.h"

#include "genre/base/thread_pool.h"
#include "genre/neural/gradient_check_test.h"

namespace genre::neural {
namespace {

class EmbeddingBagTest : public testing::Test {
 protected:
  static constexpr std::int64_t kItems = 7, kWidth = 5;

  Matrix forward() const {
    Matrix y(std::ssize(bags_), kWidth);
    layer_.forward(parameters_, bags_, y.view());
    return y;
  }
  RandomStream random_{7, "bags"};
  Parameters parameters_;
  EmbeddingBag layer_{parameters_, "bag", kItems, kWidth, 1, random_};
  const std::vector<std::int32_t> a_ = {0, 2, 6}, b_ = {2}, c_ = {1, 2, 3, 6};
  const std::vector<Bag> bags_ = {{a_, 0.5f}, {b_, 2}, {{}, 1}, {c_, -1}};
};

TEST_F(EmbeddingBagTest, IsTheProductWithTheDenseRow) {
  fill_normal(parameters_.value(1), 1, random_);
  const Matrix y = forward();
  for (std::size_t b = 0; b < bags_.size(); ++b)
    for (std::int64_t d = 0; d < kWidth; ++d) {
      float sum = parameters_.value(1).row(0)[d];
      for (const std::int32_t item : bags_[b].items) sum += bags_[b].scale * parameters_.value(0).row(item)[d];
      EXPECT_NEAR(y.row(static_cast<std::int64_t>(b))[d], sum, 1e-5);
    }
}

TEST_F(EmbeddingBagTest, HasTheGradientsOfItsProduct) {
  const Matrix probe = random_matrix(std::ssize(bags_), kWidth, random_);
  Matrix dy = probe;
  Gradients gradients(parameters_);
  std::ranges::fill(gradients[0].row(4), 9.0f);  // of the step before
  layer_.backward(bags_, dy.view(), gradients);
  const auto value = [&] { return inner(forward(), probe); };
  expect_gradient(parameters_.value(0), gradients[0], value, "weight");
  expect_gradient(parameters_.value(1), gradients[1], value, "bias");
  for (const std::int64_t item : {4, 5})
    for (const float x : gradients[0].row(item)) EXPECT_EQ(x, 0);
}

TEST(EmbeddingBag, TheNumberOfThreadsChangesNoBitOfTheGradient) {
  RandomStream random(7, "many bags");
  Parameters parameters;
  const EmbeddingBag layer(parameters, "bag", 1000, 40, 1, random);
  std::vector<std::vector<std::int32_t>> items(50);
  std::vector<Bag> bags;
  for (auto& some : items) {
    for (std::int32_t item = 0; item < 1000; ++item)
      if (random.uniform() < 0.3) some.push_back(item);
    bags.push_back({some, 0.1f});
  }
  const Matrix dy = random_matrix(50, 40, random);
  const auto gradient = [&](int threads) {
    set_global_threads(threads);
    Matrix used = dy;
    Gradients gradients(parameters);
    layer.backward(bags, used.view(), gradients);
    return std::vector<float>(gradients[0].values().begin(), gradients[0].values().end());
  };
  const auto one = gradient(1);
  EXPECT_EQ(gradient(3), one);
  set_global_threads(0);
}

}  // namespace
}  // namespace genre::neural
