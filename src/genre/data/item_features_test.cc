#include "genre/data/item_features.h"

#include <gtest/gtest.h>

#include "genre/base/error.h"

namespace genre {
namespace {

Dataset films() {
  Dataset out;
  out.items = IdMap({"a", "b", "c"});
  out.item_fields.fields["genre"] = {"Drama| Crime |Drama", "Crime", "|Western|"};
  out.item_fields.fields["year"] = {"1995", "1995", ""};
  return out;
}

TEST(ItemFeatures, OneColumnAValueInTheOrderOfFieldsAndValues) {
  const ItemFeatures out = item_features(films(), {.fields_used = {"year", "genre"}, .minimum_items = 1});
  EXPECT_EQ(out.names, (std::vector<std::string>{"year=1995", "genre=Crime", "genre=Drama", "genre=Western"}));
  EXPECT_EQ(out.matrix.indices, (std::vector<std::int32_t>{0, 1, 2, 0, 1, 3}));
  EXPECT_EQ(out.matrix.offsets, (std::vector<std::int64_t>{0, 3, 5, 6}));
  EXPECT_EQ(out.matrix.values, std::vector<float>(6, 1.0f));
}

TEST(ItemFeatures, RareValuesAreLeftOutAndASeparatorMayBeAbsent) {
  EXPECT_EQ(item_features(films(), {.fields_used = {"genre"}}).names, (std::vector<std::string>{"genre=Crime"}));
  EXPECT_EQ(item_features(films(), {.fields_used = {"genre"}, .separator = "", .minimum_items = 1}).names.size(), 3u);
  EXPECT_EQ(item_features(films(), {}).matrix.cols, 0);
}

TEST(ItemFeatures, UnknownFieldsAreNamedWithTheNearest) {
  try {
    item_features(films(), {.fields_used = {"genres"}});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kConfig);
    EXPECT_NE(error.hint().find("'genre'"), std::string::npos);
  }
}

}  // namespace
}  // namespace genre
