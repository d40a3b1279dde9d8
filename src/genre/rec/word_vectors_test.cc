#include "genre/rec/word_vectors.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "genre/base/error.h"

namespace genre {
namespace {

using WordList = std::vector<std::string>;

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
  const Matrix rows = nail_and_blue().of(WordList{"blue", "sky"});
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
