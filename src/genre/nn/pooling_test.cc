#include "genre/nn/pooling.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace genre::nn {

class PoolingModes : public testing::Test {
 protected:
  PoolingModes() : states_(3, 1), out_(2, 1) {
    for (int t = 0; t < 3; ++t) states_.row(t)[0] = static_cast<float>(std::vector{3, -1, 5}[t]);
  }
  std::vector<float> pooled(Pooling pooling, std::int32_t skip = 0) {
    pool(pooling, states_, std::vector<std::int32_t>{0, 2, 3}, skip, out_.view());
    return {out_.row(0)[0], out_.row(1)[0]};
  }
  Matrix states_, out_;
};

TEST_F(PoolingModes, EachIsWhatItsNameSays) {
  EXPECT_EQ(pooled(Pooling::kClass), (std::vector<float>{3, 5}));
  EXPECT_EQ(pooled(Pooling::kMean), (std::vector<float>{1, 5}));
  EXPECT_EQ(pooled(Pooling::kMaximum), (std::vector<float>{3, 5}));
  EXPECT_FLOAT_EQ(pooled(Pooling::kMeanRootLength)[0], static_cast<float>(2 / std::sqrt(2.0)));
  EXPECT_FLOAT_EQ(pooled(Pooling::kWeightedMean)[0], 1.0f / 3);  // (3 - 2) / (1 + 2)
  EXPECT_EQ(pooled(Pooling::kLast), (std::vector<float>{-1, 5}));
}

TEST_F(PoolingModes, ASkippedPromptLeavesTheLaterTokensWithTheirPlaces) {
  for (const Pooling pooling : {Pooling::kClass, Pooling::kMean, Pooling::kMaximum, Pooling::kMeanRootLength,
                                Pooling::kWeightedMean, Pooling::kLast})
    EXPECT_EQ(pooled(pooling, 1), (std::vector<float>{-1, 5}));
  Matrix states(3, 1), out(1, 1);
  states.row(0)[0] = 9, states.row(1)[0] = 1, states.row(2)[0] = 2;
  pool(Pooling::kWeightedMean, states, std::vector<std::int32_t>{0, 3}, 1, out.view());
  EXPECT_FLOAT_EQ(out.row(0)[0], (2 * 1 + 3 * 2) / 5.0f);
}

TEST(NormaliseRows, GivesUnitLengthAndLeavesZeroAlone) {
  Matrix x(2, 2);
  x.row(0)[0] = 3;
  x.row(0)[1] = -4;
  normalise_rows(x.view());
  EXPECT_FLOAT_EQ(x.row(0)[0], 0.6f);
  EXPECT_FLOAT_EQ(x.row(0)[1], -0.8f);
  EXPECT_EQ(x.row(1)[0], 0.0f);
}

}  // namespace genre::nn
