#include "genre/nn/embedding.h"

#include <gtest/gtest.h>

#include <vector>

namespace genre::nn {

TEST(Embedding, PositionsStartAnewInEachSequence) {
  Matrix words(3, 2), positions(2, 2), out(3, 2);
  for (int i = 0; i < 3; ++i) words.row(i)[0] = static_cast<float>(100 * i);
  for (int i = 0; i < 2; ++i) positions.row(i)[0] = static_cast<float>(10 * i);
  embed(std::vector<std::int32_t>{2, 1, 2}, std::vector<std::int32_t>{0, 2, 3}, words, positions,
        std::vector<float>{1, 7}, out.view());
  EXPECT_EQ(out.row(0)[0], 201);
  EXPECT_EQ(out.row(1)[0], 111);
  EXPECT_EQ(out.row(2)[0], 201);
  EXPECT_EQ(out.row(1)[1], 7);
}

}  // namespace genre::nn
