#include "genre/rec/word_counts.h"

#include <gtest/gtest.h>

namespace genre {
namespace {

using TextList = std::vector<std::string>;

TEST(WordCounts, NameWordsInTheOrderOfTheirFirstUse) {
  const WordCounts counted = count_words(TextList{"Red nail, red", "", "Blue nail"});
  EXPECT_EQ(counted.words, (TextList{"red", "nail", "blue"}));
  EXPECT_EQ(counted.counts.offsets, (std::vector<std::int64_t>{0, 2, 2, 4}));
  EXPECT_EQ(counted.counts.indices, (std::vector<std::int32_t>{0, 1, 1, 2}));
  EXPECT_EQ(counted.counts.values, (std::vector<float>{2, 1, 1, 1}));
}

TEST(SharedWords, AreThoseThatTwoTextsHold) {
  const SharedWords shared = shared_words(TextList{"Red nail, red", "", "Blue nail", "blue sky", "sky-blue"});
  EXPECT_EQ(shared.words, (TextList{"nail", "blue", "sky"}));
  EXPECT_EQ(shared.held.rows, 5);
  EXPECT_EQ(shared.held.cols, 3);
  EXPECT_EQ(shared.held.offsets, (std::vector<std::int64_t>{0, 1, 1, 3, 5, 7}));
  EXPECT_EQ(shared.held.indices, (std::vector<std::int32_t>{0, 0, 1, 1, 2, 1, 2}));
  EXPECT_EQ(shared.held.values, std::vector<float>(7, 1.0f));
  EXPECT_TRUE(shared_words(TextList{"one", "two"}).words.empty());
}

}  // namespace
}  // namespace genre
