#include "genre/torch/weight_masks.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "genre/base/error.h"

namespace genre::trainer {
namespace {

constexpr std::int64_t kRows = 8, kCols = 16;

class WeightMasksTest : public testing::Test {
 protected:
  void SetUp() override {
    torch::manual_seed(7);
    parameters_.add("w", torch::randn({kRows, kCols}), 1);
    parameters_.require_gradients();
  }
  // The masks behind `steps` steps of a training, in which the weights have this gradient.
  torch::Tensor kept(const CompressionOptions& options, std::int64_t steps, const torch::Tensor& gradient) {
    WeightMasks masks(options, {"w"}, parameters_);
    masks.set_steps(steps);
    for (std::int64_t step = 1; step <= steps; ++step) {
      parameters_.parameter("w").value.mutable_grad() = gradient.clone();
      masks.end_step(step);
    }
    return (masks.masked("w") != 0).to(torch::kFloat32);
  }
  torch::Tensor weight() const { return parameters_.at("w").detach(); }
  Parameters parameters_;
};

TEST_F(WeightMasksTest, TwoOfFourStayTheLargestOrThoseThatMoveAwayFromZero) {
  const torch::Tensor gradient = torch::randn({kRows, kCols});
  for (const char* by : {"magnitude", "movement"}) {
    const CompressionOptions options{.sparse = "2:4", .score = by};
    const torch::Tensor found = kept(options, 20, gradient);
    const torch::Tensor score = std::string(by) == "magnitude" ? weight().abs() : -weight() * gradient;
    for (std::int64_t n = 0; n < kRows; ++n)
      for (std::int64_t k = 0; k < kCols; k += 4) {
        std::vector<std::pair<float, std::int64_t>> order;
        for (std::int64_t i = k; i < k + 4; ++i) order.emplace_back(-score[n][i].item<float>(), i);
        std::ranges::sort(order);
        for (int i = 0; i < 4; ++i) EXPECT_EQ(found[n][order[i].second].item<float>(), i < 2 ? 1 : 0) << by;
      }
  }
}

TEST_F(WeightMasksTest, BlocksOfTheWholeMatrixCompete) {
  for (const char* by : {"magnitude", "movement"}) {
    torch::Tensor gradient = torch::randn({kRows, kCols});
    const CompressionOptions options{.sparse = "block", .score = by, .density = 0.25};
    const torch::Tensor found = kept(options, 20, gradient);
    const torch::Tensor score = std::string(by) == "magnitude" ? weight().square() : -weight() * gradient;
    std::vector<std::pair<float, std::pair<int, int>>> order;
    for (int r = 0; r < 2; ++r)
      for (int c = 0; c < 4; ++c)
        order.push_back({-score.slice(0, r * 4, r * 4 + 4).slice(1, c * 4, c * 4 + 4).sum().item<float>(), {r, c}});
    std::ranges::sort(order);
    for (int i = 0; i < 8; ++i) {
      const auto [r, c] = order[i].second;
      EXPECT_EQ(found.slice(0, r * 4, r * 4 + 4).slice(1, c * 4, c * 4 + 4).sum().item<float>(), i < 2 ? 16 : 0) << by;
    }
  }
}

TEST_F(WeightMasksTest, BlocksGoByACubicCurveBetweenTheFirstChoiceAndTheLast) {
  WeightMasks masks({.sparse = "block", .density = 0.2, .warmup = 0.1, .settled = 0.3}, {"w"}, parameters_);
  masks.set_steps(100);
  EXPECT_EQ(masks.density(10), 1);
  EXPECT_NEAR(masks.density(40), 0.2 + 0.8 * 0.125, 1e-12);
  EXPECT_EQ(masks.density(70), 0.2);
  EXPECT_FALSE(masks.settled(69));
  EXPECT_TRUE(masks.settled(70));
  WeightMasks groups({.sparse = "2:4"}, {"w"}, parameters_);
  groups.set_steps(100);
  EXPECT_EQ(groups.density(10), 1);
  EXPECT_EQ(groups.density(11), 0.5);
}

TEST_F(WeightMasksTest, NothingChangesBehindTheLastChoiceAndGradientsReachWhatIsZero) {
  WeightMasks masks({.sparse = "2:4", .score = "magnitude", .settled = 0.5}, {"w"}, parameters_);
  masks.set_steps(10);
  for (std::int64_t step = 1; step <= 5; ++step) masks.end_step(step);
  const torch::Tensor before = masks.masked("w") != 0;
  {
    const torch::NoGradGuard no_graph;
    parameters_.parameter("w").value.copy_(torch::randn({kRows, kCols}));
  }
  for (std::int64_t step = 6; step <= 10; ++step) masks.end_step(step);
  EXPECT_TRUE(torch::equal(masks.masked("w") != 0, before));
  const torch::Tensor probe = torch::randn({kRows, kCols});
  (masks.masked("w") * probe).sum().backward();
  EXPECT_TRUE(torch::equal(parameters_.at("w").grad(), probe));
}

TEST_F(WeightMasksTest, TheCompactFormHoldsWhatStays) {
  for (const char* pattern : {"2:4", "block"}) {
    WeightMasks masks({.sparse = pattern, .density = 0.375}, {"w"}, parameters_);
    masks.set_steps(1);
    parameters_.parameter("w").value.mutable_grad() = torch::randn({kRows, kCols});
    masks.end_step(1);
    const Matrix whole = dense(masks.compact("w"));
    const torch::Tensor wanted = masks.masked("w");
    EXPECT_LT((wanted != 0).sum().item<std::int64_t>(), kRows * kCols);
    for (std::int64_t n = 0; n < kRows; ++n)
      for (std::int64_t k = 0; k < kCols; ++k) EXPECT_EQ(whole.row(n)[k], wanted[n][k].item<float>()) << pattern;
  }
}

TEST_F(WeightMasksTest, RefusesSizesThatThePatternDoesNotFit) {
  parameters_.add("odd", torch::randn({6, 12}), 1);
  for (const char* pattern : {"2:4", "block"})
    EXPECT_THROW(WeightMasks({.sparse = pattern}, {"odd"}, parameters_), Error) << pattern;
}

}  // namespace
}  // namespace genre::trainer
