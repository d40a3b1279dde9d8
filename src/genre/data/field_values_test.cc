#include "genre/data/field_values.h"

#include <gtest/gtest.h>

#include "genre/base/error.h"

namespace genre {
namespace {

std::vector<std::string> values(std::string_view cell, std::string_view separator) {
  std::vector<std::string> out;
  for_each_value(cell, separator, [&](std::string_view value) { out.emplace_back(value); });
  return out;
}

using Values = std::vector<std::string>;

TEST(FieldValues, ArePartedAndTrimmedAndNeverEmpty) {
  EXPECT_EQ(values(" Drama| Crime ||", "|"), (Values{"Drama", "Crime"}));
  EXPECT_EQ(values("a, b; c", ", "), (Values{"a", "b; c"}));
  EXPECT_EQ(values(" one|value ", ""), Values{"one|value"});
  EXPECT_EQ(values("", "|"), Values{});
  EXPECT_EQ(values(" \t", ""), Values{});
}

TEST(FieldValues, AnUnknownFieldIsRefusedWithItsPlaceAndTheNearest) {
  FieldTable users;
  users.fields["gender"] = {"F", "M"};
  EXPECT_EQ(field_cells(users, "user", "gender", "k").size(), 2u);
  try {
    field_cells(users, "user", "gendre", "evaluate.user_groups");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kConfig);
    EXPECT_EQ(error.place().key, "evaluate.user_groups");
    EXPECT_NE(error.hint().find("'gender'"), std::string::npos);
  }
  try {
    field_cells({}, "user", "age", "evaluate.user_groups");
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(error.hint().find("[[data.users]]"), std::string::npos);
  }
}

}  // namespace
}  // namespace genre
