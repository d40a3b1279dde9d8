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
  std::vector<float> pooled(Pooling pooling) {
    pool(pooling, states_, std::vector<std::int32_t>{0, 2, 3}, out_.view());
    return {out_.row(0)[0], out_.row(1)[0]};
  }
  Matrix states_, out_;
};

TEST_F(PoolingModes, EachIsWhatItsNameSays) {
  EXPECT_EQ(pooled(Pooling::kClass), (std::vector<float>{3, 5}));
  EXPECT_EQ(pooled(Pooling::kMean), (std::vector<float>{1, 5}));
  EXPECT_EQ(pooled(Pooling::kMaximum), (std::vector<float>{3, 5}));
  EXPECT_FLOAT_EQ(pooled(Pooling::kMeanRootLength)[0], static_cast<float>(2 / std::sqrt(2.0)));
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
