#include "genre/rec/word_vectors.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "genre/base/error.h"
#include "genre/rec/word_counts.h"

namespace genre {
namespace {

using Words = std::vector<std::string>;

TEST(WordCounts, NameWordsInTheOrderOfTheirFirstUse) {
  const WordCounts counted = count_words(Words{"Red nail, red", "", "Blue nail"});
  EXPECT_EQ(counted.words, (Words{"red", "nail", "blue"}));
  EXPECT_EQ(counted.counts.offsets, (std::vector<std::int64_t>{0, 2, 2, 4}));
  EXPECT_EQ(counted.counts.indices, (std::vector<std::int32_t>{0, 1, 1, 2}));
  EXPECT_EQ(counted.counts.values, (std::vector<float>{2, 1, 1, 1}));
}

TEST(SharedWords, AreThoseThatTwoTextsHold) {
  const SharedWords shared = shared_words(Words{"Red nail, red", "", "Blue nail", "blue sky", "sky-blue"});
  EXPECT_EQ(shared.words, (Words{"nail", "blue", "sky"}));
  EXPECT_EQ(shared.held.rows, 5);
  EXPECT_EQ(shared.held.cols, 3);
  EXPECT_EQ(shared.held.offsets, (std::vector<std::int64_t>{0, 1, 1, 3, 5, 7}));
  EXPECT_EQ(shared.held.indices, (std::vector<std::int32_t>{0, 0, 1, 1, 2, 1, 2}));
  EXPECT_EQ(shared.held.values, std::vector<float>(7, 1.0f));
  EXPECT_TRUE(shared_words(Words{"one", "two"}).words.empty());
}

class WordVectorsTest : public ::testing::Test {
 protected:
  static WordVectors nail_and_blue() {
    Matrix vectors(2, 3);
    for (int d = 0; d < 3; ++d) {
      vectors.row(0)[d] = static_cast<float>(d + 1);
      vectors.row(1)[d] = 10;
    }
    return {{"nail", "blue"}, std::move(vectors)};
  }
  static std::vector<float> said(const WordVectors& vectors, std::string_view text) {
    std::vector<float> out(3);
    vectors.add(text, out);
    return out;
  }
};

TEST_F(WordVectorsTest, ATextIsTheSumOfItsDifferentWords) {
  const WordVectors vectors = nail_and_blue();
  EXPECT_EQ(said(vectors, "Nail, NAIL and sky"), (std::vector<float>{1, 2, 3}));
  EXPECT_EQ(said(vectors, "blue nail"), (std::vector<float>{11, 12, 13}));
  EXPECT_EQ(said(vectors, "sky"), (std::vector<float>{0, 0, 0}));
  EXPECT_TRUE(vectors.knows_any("the nail"));
  EXPECT_FALSE(vectors.knows_any("the sky"));
  EXPECT_FALSE(WordVectors().knows_any("nail"));
}

TEST_F(WordVectorsTest, WordsWithoutOneHaveRowsOfZeros) {
  const Matrix rows = nail_and_blue().of(Words{"blue", "sky"});
  EXPECT_EQ(rows.row(0)[2], 10);
  EXPECT_EQ(rows.row(1)[2], 0);
}

TEST_F(WordVectorsTest, ComeBackFromAFileOfTheirWidth) {
  const WordVectors vectors = nail_and_blue();
  SafetensorsWriter out;
  vectors.save(out, "words.");
  const auto path = std::filesystem::path(::testing::TempDir()) / "word_vectors.safetensors";
  out.write(path);
  const SafetensorsFile in(path);
  EXPECT_EQ(said(WordVectors::load(in, "words.", 3), "blue nail"), (std::vector<float>{11, 12, 13}));
  EXPECT_THROW(WordVectors::load(in, "words.", 4), Error);
  EXPECT_THROW(WordVectors::load(in, "text.", 3), Error);
}

}  // namespace
}  // namespace genre
