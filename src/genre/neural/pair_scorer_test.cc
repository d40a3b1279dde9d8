#include "genre/neural/pair_scorer.h"

#include "genre/neural/gradient_check_test.h"
#include "genre/neural/pair_world_test.h"

namespace genre::neural {
namespace {

class PairScorerTest : public testing::TestWithParam<PairShape> {};

TEST_P(PairScorerTest, GivesTheFormulaOfEveryPair) {
  constexpr std::int64_t kItems = 600;  // more than go through the tower together
  PairWorld world(GetParam(), 3, kItems);
  const PairScorer scorer(world.network, world.parameters, world.items);
  Matrix scores(3, kItems);
  scorer.score(world.users, scores.view());
  for (std::int64_t user = 0; user < 3; ++user)
    for (std::int64_t item = 0; item < kItems; ++item) {
      const double plain = world.plain_logit(user, item);
      ASSERT_NEAR(scores.row(user)[item], plain, 1e-4 * (1 + std::abs(plain))) << user << ", " << item;
    }
}

TEST_P(PairScorerTest, HasTheGradientOfAUsersMeanLoss) {
  PairWorld world(GetParam(), 1, 6);
  const PairScorer scorer(world.network, world.parameters, world.items);
  const std::vector<std::int32_t> numbers = {4, 0, 5, 1};
  const std::vector<float> labels = {1, 1, 0, 0};
  const auto plain = [&] {
    double sum = 0;
    for (std::size_t n = 0; n < numbers.size(); ++n)
      sum += std::log1p(std::exp((labels[n] == 1 ? -1 : 1) * world.plain_logit(0, numbers[n])));
    return sum / 4;
  };
  Matrix slope(1, GetParam().user_vector());
  EXPECT_NEAR(scorer.user_gradient(world.users.row(0), numbers, labels, slope.row(0)), plain(), 1e-4 * (1 + plain()));
  expect_gradient(world.users, slope, plain, "user", 1e-3, 1e-2);
}

INSTANTIATE_TEST_SUITE_P(OfParts, PairScorerTest, testing::ValuesIn(pair_shapes()), name_of_shape);

}  // namespace
}  // namespace genre::neural
