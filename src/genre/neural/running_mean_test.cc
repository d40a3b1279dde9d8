#include "genre/neural/running_mean.h"

#include "genre/neural/gradient_check_test.h"

namespace genre::neural {
namespace {

class RunningMeanTest : public testing::Test {
 protected:
  std::span<const float> scores(bool weighted) const { return weighted ? scores_.values() : std::span<const float>(); }
  double value(bool weighted) {
    means_ = x_;
    RunningMean::forward(means_.view(), scores(weighted), offsets_, saved_);
    return inner(means_, probe_);
  }
  RandomStream random_{7, "running mean"};
  const std::vector<std::int64_t> offsets_ = {0, 3, 4, 9};
  Matrix x_ = random_matrix(9, 4, random_), probe_ = random_matrix(9, 4, random_),
         scores_ = random_matrix(9, 1, random_), means_;
  RunningMean::Saved saved_;
};

TEST_F(RunningMeanTest, IsTheWeightedMeanUpToEachRow) {
  for (const bool weighted : {false, true}) {
    value(weighted);
    for (std::size_t b = 0; b + 1 < offsets_.size(); ++b)
      for (std::int64_t t = offsets_[b]; t < offsets_[b + 1]; ++t)
        for (int d = 0; d < 4; ++d) {
          double sum = 0, all = 0;
          for (std::int64_t s = offsets_[b]; s <= t; ++s) {
            const double weight = weighted ? std::exp(double{scores_.row(s)[0]}) : 1;
            sum += weight * x_.row(s)[d];
            all += weight;
          }
          EXPECT_NEAR(means_.row(t)[d], sum / all, 1e-5);
        }
  }
}

TEST_F(RunningMeanTest, HasTheGradientsOfTheMeans) {
  for (const bool weighted : {false, true}) {
    value(weighted);
    Matrix gradient = probe_, d_scores(9, 1);
    RunningMean::backward(gradient.view(), scores(weighted), offsets_, saved_,
                          weighted ? std::span(d_scores.data(), 9) : std::span<float>());
    const auto of = [&] { return value(weighted); };
    expect_gradient(x_, gradient, of, "rows");
    if (weighted) expect_gradient(scores_, d_scores, of, "scores");
  }
}

TEST_F(RunningMeanTest, ScoresOfAnySizeLeaveNumbers) {
  scores_.row(0)[0] = -3e4f;
  scores_.row(5)[0] = 3e4f;
  value(/*weighted=*/true);
  Matrix gradient = probe_, d_scores(9, 1);
  RunningMean::backward(gradient.view(), scores(true), offsets_, saved_, {d_scores.data(), 9});
  for (const float x : means_.values()) EXPECT_TRUE(std::isfinite(x));
  for (const float x : gradient.values()) EXPECT_TRUE(std::isfinite(x));
  for (int d = 0; d < 4; ++d) EXPECT_EQ(means_.row(8)[d], x_.row(5)[d]);  // the heaviest alone
}

}  // namespace
}  // namespace genre::neural
