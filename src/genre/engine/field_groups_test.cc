#include "genre/engine/field_groups.h"

#include <gtest/gtest.h>

#include <string>

#include "genre/base/error.h"

namespace genre {
namespace {

using Names = std::vector<std::string>;

FieldTable table(const std::string& field, std::vector<std::string> cells) {
  FieldTable out;
  out.fields[field] = std::move(cells);
  return out;
}

TEST(FieldGroups, AreTheValuesInOrderWithTheirMembers) {
  const auto films = table("genres", {"Drama|Crime|Drama", "Crime", "", " Western "});
  const FieldGroups out = field_groups(films, "item", "genres", "|", "k");
  EXPECT_EQ(out.names, (Names{"Crime", "Drama", "Western"}));
  EXPECT_EQ(out.members.offsets, (std::vector<std::int64_t>{0, 2, 3, 3, 4}));
  EXPECT_EQ(out.members.indices, (std::vector<std::int32_t>{0, 1, 0, 2}));
  EXPECT_EQ(field_groups(films, "item", "genres", "", "k").names, (Names{"Crime", "Drama|Crime|Drama", "Western"}));
  EXPECT_THROW(field_groups(films, "item", "genre", "|", "evaluate.item_groups"), Error);
}

TEST(FieldGroups, ManyNumbersAreCutInFourRangesThatKeepEqualNumbersTogether) {
  std::vector<std::string> ages;
  for (int i = 0; i < 40; ++i) ages.push_back(std::to_string(20 + i));
  for (int i = 0; i < 8; ++i) ages.push_back("9");  // "9" is below "20" as a number
  ages.emplace_back();
  const FieldGroups out = field_groups(table("age", ages), "user", "age", "", "k");
  EXPECT_EQ(out.names, (Names{"9–23", "24–35", "36–47", "48–59"}));
  std::vector<int> sizes(out.names.size(), 0);
  for (const auto group : out.members.indices) ++sizes[group];
  EXPECT_EQ(sizes, (std::vector<int>{12, 12, 12, 12}));
  EXPECT_TRUE(out.members.row_indices(48).empty());
  EXPECT_EQ(out.members.row_indices(40)[0], 0);

  std::vector<std::string> same(30, "5");
  for (int i = 0; i < 12; ++i) same.push_back(std::to_string(10 + i));
  const FieldGroups heavy = field_groups(table("age", same), "user", "age", "", "k");
  EXPECT_EQ(heavy.names, (Names{"5", "10–11", "12–21"}));
}

TEST(FieldGroups, FewNumbersAndMixedValuesStayValues) {
  EXPECT_EQ(field_groups(table("age", {"1", "18", "25", "1"}), "user", "age", "", "k").names, (Names{"1", "18", "25"}));
  std::vector<std::string> mixed = {"unknown"};
  for (int i = 0; i < 20; ++i) mixed.push_back(std::to_string(i));
  EXPECT_EQ(field_groups(table("age", mixed), "user", "age", "", "k").names.size(), 21u);
  EXPECT_TRUE(field_groups(table("age", {"", ""}), "user", "age", "", "k").names.empty());
}

TEST(CategoricalField, IsTheFirstOfSeveralValuesAndFewDifferentOnes) {
  FieldTable films = table("title", {});
  auto& title = films.fields["title"];
  auto& genres = films.fields["genres"];
  auto& year = films.fields["year"];
  for (int i = 0; i < 300; ++i) {
    title.push_back("Name " + std::to_string(i) + "|part " + std::to_string(i));
    genres.push_back(i % 5 == 0 ? "Drama|War" : "Crime");
    year.push_back("1999");
  }
  EXPECT_EQ(categorical_field(films, "|"), "genres");
  EXPECT_EQ(categorical_field(films, ""), std::nullopt);
  EXPECT_EQ(categorical_field(films, ";"), std::nullopt);
  films.fields.erase("genres");
  EXPECT_EQ(categorical_field(films, "|"), std::nullopt);
}

}  // namespace
}  // namespace genre
