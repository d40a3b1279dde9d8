#include "genre/rec/item_texts.h"

#include <gtest/gtest.h>

#include "genre/base/error_of_test.h"

namespace genre {
namespace {

const std::vector<std::string> kThree = {"One", "", "Three, the \0last"};

std::filesystem::path texts_file(const ItemTexts& texts) {
  SafetensorsWriter out;
  texts.save(out, "model.");
  auto path = std::filesystem::path(::testing::TempDir()) / "item_texts.safetensors";
  out.write(path);
  return path;
}

TEST(ItemTexts, AreWhatTheyWereMadeOfAlsoBehindAFile) {
  const ItemTexts made(kThree), loaded = ItemTexts::load(SafetensorsFile(texts_file(made)), "model.");
  for (const ItemTexts* texts : {&made, &loaded}) {
    ASSERT_EQ(texts->size(), 3);
    for (std::int32_t item = 0; item < 3; ++item) EXPECT_EQ(texts->of(item), kThree[item]);
  }
  EXPECT_FALSE(made.empty());
  EXPECT_TRUE(ItemTexts(std::vector<std::string>{"", ""}).empty());
}

TEST(ItemTexts, OfAHistoryAreTheNewestThatThereAre) {
  const ItemTexts texts(kThree);
  const std::vector<std::int32_t> history = {2, 0, 1};
  EXPECT_EQ(texts.newest(history, 5), (std::vector<std::string_view>{kThree[0], kThree[2]}));
  EXPECT_EQ(texts.newest(history, 1), (std::vector<std::string_view>{kThree[0]}));
}

TEST(ItemTexts, OffsetsThatDoNotFitAreRefused) {
  const std::string bytes = "abc";
  for (const std::vector<std::int64_t>& offsets :
       {std::vector<std::int64_t>{}, {0, 2}, {1, 3}, {0, 2, 1, 3}, {0, 4, 3}}) {
    SafetensorsWriter out;
    out.add("texts", std::span(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()), {3});
    out.add("text_offsets", std::span<const std::int64_t>(offsets), {std::ssize(offsets)});
    const auto path = std::filesystem::path(::testing::TempDir()) / "item_texts_bent.safetensors";
    out.write(path);
    EXPECT_EQ(error_of([&] { ItemTexts::load(SafetensorsFile(path), ""); }).code(), ErrorCode::kData);
  }
}

}  // namespace
}  // namespace genre
