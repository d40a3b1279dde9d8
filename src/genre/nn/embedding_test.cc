#include "genre/nn/embedding.h"

#include <gtest/gtest.h>

#include <vector>

namespace genre::nn {

class Embedding : public testing::Test {
 protected:
  Embedding() : words_(3, 1), positions_(5, 1), types_(2, 1) {
    for (int i = 0; i < 3; ++i) words_.row(i)[0] = static_cast<float>(100 * i);
    for (int i = 0; i < 5; ++i) positions_.row(i)[0] = static_cast<float>(10 * i);
    for (int i = 0; i < 2; ++i) types_.row(i)[0] = static_cast<float>(i + 1);
  }
  std::vector<float> embedded(const EmbeddingTables& tables, const std::vector<std::int32_t>& segments) {
    Matrix out(static_cast<std::int64_t>(ids_.size()), 1);
    embed(ids_, segments, offsets_, tables, out.view());
    return {out.values().begin(), out.values().end()};
  }
  Matrix words_, positions_, types_;
  std::vector<std::int32_t> ids_ = {2, 1, 2}, offsets_ = {0, 2, 3};
};

TEST_F(Embedding, PositionsStartAnewInEachSequence) {
  EXPECT_EQ(embedded({words_, positions_, types_}, {}), (std::vector<float>{201, 111, 201}));
  EXPECT_EQ(embedded({words_, positions_, types_}, {0, 1, 1}), (std::vector<float>{201, 112, 202}));
}

TEST_F(Embedding, PositionsAndTypesMayBeAbsent) {
  EXPECT_EQ(embedded({words_}, {0, 1, 1}), (std::vector<float>{200, 100, 200}));
  EXPECT_EQ(embedded({words_, positions_}, {}), (std::vector<float>{200, 110, 200}));
}

TEST_F(Embedding, OneTypeIsThatOfEveryToken) {
  EXPECT_EQ(embedded({words_, {}, {types_.data(), 1, 1}}, {0, 1, 1}), (std::vector<float>{201, 101, 201}));
}

TEST_F(Embedding, PositionsCountFromAfterThePaddingTokenAndLeaveItOut) {
  ids_ = {2, 1, 0, 2}, offsets_ = {0, 4};
  EXPECT_EQ(embedded({words_, positions_, {}, /*padding=*/1}, {}), (std::vector<float>{220, 110, 30, 240}));
}

}  // namespace genre::nn
