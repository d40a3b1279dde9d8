#include "genre/neural/residual_quantiser.h"

#include <set>

#include "genre/neural/gradient_check_test.h"

namespace genre::neural {
namespace {

constexpr std::int64_t kVectors = 40;

class ResidualQuantiserTest : public testing::Test {
 protected:
  ResidualQuantiserTest() {
    for (int level = 0; level < parameters_.size(); ++level) fill_normal(parameters_.value(level), 0.7, random_);
    quantiser_.pack(parameters_);
  }
  double squared_distance(std::int64_t t, int level, std::int64_t code) const {
    double sum = 0;
    for (std::int64_t d = 0; d < 5; ++d) {
      double left = z_.row(t)[d];
      for (int before = 0; before < level; ++before)
        left -= parameters_.value(before).row(pass_.codes[t * 3 + before])[d];
      left -= parameters_.value(level).row(code)[d];
      sum += left * left;
    }
    return sum;
  }
  RandomStream random_{7, "quantiser"};
  Parameters parameters_;
  ResidualQuantiser quantiser_{{.width = 5, .levels = 3, .codes = 7, .commitment = 0.3}, parameters_, "codes"};
  ResidualQuantiser::Pass pass_;
  Matrix z_ = random_matrix(kVectors, 5, random_);
};

TEST_F(ResidualQuantiserTest, EachCodeIsTheNearestToWhatIsLeftOver) {
  quantiser_.forward(parameters_, z_, pass_);
  for (std::int64_t t = 0; t < kVectors; ++t) {
    for (int level = 0; level < 3; ++level)
      for (std::int64_t code = 0; code < 7; ++code)
        EXPECT_LE(squared_distance(t, level, pass_.codes[t * 3 + level]), squared_distance(t, level, code) + 1e-5);
    for (std::int64_t d = 0; d < 5; ++d) {
      double sum = 0;
      for (int level = 0; level < 3; ++level) sum += parameters_.value(level).row(pass_.codes[t * 3 + level])[d];
      EXPECT_NEAR(pass_.quantised.row(t)[d], sum, 1e-6);
    }
  }
}

TEST_F(ResidualQuantiserTest, ALossIsThatOfItsFormula) {
  quantiser_.forward(parameters_, z_, pass_);
  double sum = 0;
  for (std::int64_t t = 0; t < kVectors; ++t)
    for (int level = 0; level < 3; ++level) sum += 1.3 * squared_distance(t, level, pass_.codes[t * 3 + level]);
  EXPECT_NEAR(quantiser_.loss(pass_, kVectors), sum, 1e-4 * sum);
}

TEST_F(ResidualQuantiserTest, HasTheGradientsOfItsLossWithWhatIsHeld) {
  quantiser_.forward(parameters_, z_, pass_);
  const Matrix straight = random_matrix(kVectors, 5, random_), before = z_;
  Gradients gradients(parameters_);
  Matrix d_z = straight;
  quantiser_.backward(pass_, 0.5f, d_z.view(), gradients);
  const std::vector<Matrix> entries = {parameters_.value(0), parameters_.value(1), parameters_.value(2)};
  // Held are r and e as they were; z moves r, and a codebook its own entries.
  const auto value = [&] {
    double sum = 0;
    for (std::int64_t t = 0; t < kVectors; ++t)
      for (std::int64_t d = 0; d < 5; ++d) {
        double left = before.row(t)[d], moved = z_.row(t)[d];
        for (int level = 0; level < 3; ++level) {
          const std::int32_t code = pass_.codes[t * 3 + level];
          const double held = entries[level].row(code)[d], entry = parameters_.value(level).row(code)[d];
          sum += 0.5 * ((left - entry) * (left - entry) + 0.3 * (moved - held) * (moved - held));
          left -= held;
          moved -= held;
        }
        sum += double{straight.row(t)[d]} * z_.row(t)[d];
      }
    return sum;
  };
  expect_gradient(z_, d_z, value, "z");
  for (int level = 0; level < 3; ++level)
    expect_gradient(parameters_.value(level), gradients[level], value, parameters_[level].name);
}

TEST_F(ResidualQuantiserTest, AStartFindsTheGroupsThatThereAre) {
  Matrix groups(70, 5);
  for (std::int64_t t = 0; t < 70; ++t)
    for (std::int64_t d = 0; d < 5; ++d)
      groups.row(t)[d] = z_.row(t % 7)[d] * 10 + static_cast<float>(0.01 * random_.normal());
  quantiser_.forward(parameters_, groups, pass_);
  const double at_random = quantiser_.loss(pass_, 70);
  quantiser_.start(groups, parameters_, random_);
  quantiser_.pack(parameters_);
  quantiser_.forward(parameters_, groups, pass_);
  EXPECT_LT(quantiser_.loss(pass_, 70), at_random / 20);
  for (std::int64_t t = 7; t < 70; ++t) EXPECT_EQ(pass_.codes[t * 3], pass_.codes[t % 7 * 3]);
}

TEST_F(ResidualQuantiserTest, UnusedEntriesStartAgain) {
  std::ranges::fill(parameters_.value(1).row(4), 100.0f);
  quantiser_.pack(parameters_);
  EXPECT_GE(quantiser_.restart_unused(z_, parameters_, random_), 1);
  EXPECT_LT(parameters_.value(1).row(4)[0], 10);
  quantiser_.start(z_, parameters_, random_);
  quantiser_.pack(parameters_);
  const std::vector<float> before(parameters_.value(0).values().begin(), parameters_.value(0).values().end());
  quantiser_.forward(parameters_, z_, pass_);
  std::set<std::int32_t> used;
  for (std::int64_t t = 0; t < kVectors; ++t) used.insert(pass_.codes[t * 3]);
  ASSERT_EQ(used.size(), 7u);
  quantiser_.restart_unused(z_, parameters_, random_);
  EXPECT_TRUE(std::ranges::equal(parameters_.value(0).values(), before));
}

}  // namespace
}  // namespace genre::neural
