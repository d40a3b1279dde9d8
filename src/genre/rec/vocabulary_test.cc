#include "genre/rec/vocabulary.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "genre/base/error.h"

namespace genre {
namespace {

using Numbers = std::vector<std::int32_t>;

TEST(Vocabulary, NumbersTheWordsOfATextThatItHas) {
  const Vocabulary words({"nail", "blue"});
  EXPECT_EQ(words.size(), 2);
  EXPECT_EQ(words.numbers("Blue nail, NAIL and sky"), (Numbers{0, 0, 1}));
  EXPECT_EQ(words.find("blue"), 1);
  EXPECT_EQ(words.find("Blue"), std::nullopt);
  EXPECT_EQ(Vocabulary().numbers("nail"), Numbers());
}

TEST(Vocabulary, ComesBackFromAFileUnlessAWordIsThereTwice) {
  const auto path = std::filesystem::path(::testing::TempDir()) / "vocabulary.safetensors";
  const auto written = [&](const std::vector<std::string>& words) {
    const ItemTexts texts(words);
    SafetensorsWriter out;
    texts.save(out, "words.");
    out.write(path);
    return SafetensorsFile(path);
  };
  SafetensorsWriter out;
  const Vocabulary words({"nail", "blue"});
  words.save(out, "words.");
  out.write(path);
  EXPECT_EQ(Vocabulary::load(SafetensorsFile(path), "words.").numbers("blue"), Numbers{1});
  EXPECT_EQ(Vocabulary::load(written({"a", "b", "c"}), "words.").numbers("c b"), (Numbers{1, 2}));
  EXPECT_THROW(Vocabulary::load(written({"nail", "blue", "nail"}), "words."), Error);
  EXPECT_THROW(Vocabulary::load(written({"nail"}), "text."), Error);
}

}  // namespace
}  // namespace genre
