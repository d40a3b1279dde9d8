#include "genre/data/item_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "genre/base/error.h"
#include "genre/base/random.h"

namespace genre {
namespace {

std::string fill(std::string_view text, const std::map<std::string, std::string>& fields) {
  FieldTable table;
  for (const auto& [name, value] : fields) table.fields[name] = {value};
  return TextTemplate(text).fill(table, 0);
}

TEST(TextTemplate, FillsFields) {
  EXPECT_EQ(fill("{title} ({year}). {genres}", {{"title", "Toy Story"}, {"year", "1995"}, {"genres", "Comedy"}}),
            "Toy Story (1995). Comedy");
  EXPECT_EQ(TextTemplate("{b} {a} {b}").field_names(), (std::vector<std::string>{"b", "a"}));
}

TEST(TextTemplate, AbsentFieldsLeaveNothingBehind) {
  const auto* const text = "{title} ({year}). {genres}";
  EXPECT_EQ(fill(text, {{"title", "Toy Story"}, {"genres", "Comedy"}}), "Toy Story. Comedy");
  EXPECT_EQ(fill(text, {{"title", "Toy Story"}, {"year", "1995"}}), "Toy Story (1995)");
  EXPECT_EQ(fill(text, {{"title", "Toy Story"}, {"year", " "}}), "Toy Story");
  EXPECT_EQ(fill(text, {{"year", "1995"}, {"genres", "Comedy"}}), "(1995). Comedy");
  EXPECT_EQ(fill(text, {{"genres", "Comedy"}}), "Comedy");
  EXPECT_EQ(fill(text, {}), "");
}

TEST(TextTemplate, WordsGoWithTheirField) {
  const auto* const text = "Title: {title}. Year: {year}. {pages} pages.";
  EXPECT_EQ(fill(text, {{"title", "A"}, {"year", "1990"}, {"pages", "10"}}), "Title: A. Year: 1990. 10 pages.");
  EXPECT_EQ(fill(text, {{"title", "A"}, {"pages", "10"}}), "Title: A. 10 pages.");
  EXPECT_EQ(fill(text, {{"title", "A"}, {"year", "1990"}}), "Title: A. Year: 1990.");
  EXPECT_EQ(fill(text, {{"title", "A"}}), "Title: A.");
  EXPECT_EQ(fill(text, {{"year", "1990"}}), "Year: 1990.");
  EXPECT_EQ(fill("{title} by {author}", {{"title", "A"}}), "A");
  EXPECT_EQ(fill("{title} by {author}", {{"author", "B"}}), "B");
}

TEST(TextTemplate, BracketsStayWhileAnythingIsInside) {
  const auto* const text = "{title} ({year}, {country}) [{code}]";
  EXPECT_EQ(fill(text, {{"title", "A"}, {"country", "US"}, {"code", "x"}}), "A (US) [x]");
  EXPECT_EQ(fill(text, {{"title", "A"}, {"year", "1990"}}), "A (1990)");
  EXPECT_EQ(fill(text, {{"title", "A"}, {"code", "x"}}), "A [x]");
  EXPECT_EQ(fill("{title} :(", {{"title", "A"}}), "A :(");
}

TEST(TextTemplate, SpacesCollapseAndControlCharactersGo) {
  EXPECT_EQ(fill(" {title}  -  {note} ", {{"title", "two\nlines"}, {"note", std::string("a\0b", 3)}}),
            "two lines - a b");
  EXPECT_EQ(fill("{{{title}}}", {{"title", "A"}}), "{A}");
}

TEST(TextTemplate, FaultsNameTheirColumn) {
  for (const auto* const text : {"{title", "title}", "{}", "{a{b}}", "no field", "", "{{title}}"}) {
    try {
      TextTemplate{text};
      ADD_FAILURE() << text;
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::kConfig);
      EXPECT_THAT(e.message(), testing::HasSubstr("column"));
    }
  }
}

TEST(TextTemplate, RandomTemplatesNeverCrashAndKeepEveryPresentField) {
  RandomStream random(5, "templates");
  const std::vector<std::string> parts = {"{x}", "{y}", "{z}",    "(", ")", "[",  "]",
                                          " ",   ". ",  "Year: ", "w", ",", "{{", "}}"};
  for (int round = 0; round < 20000; ++round) {
    std::string text = "{x}";
    for (std::uint64_t i = random.below(12); i > 0; --i) text += parts[random.below(parts.size())];
    const bool y = random.below(2) == 0;
    const std::string out = fill(text, {{"x", "XX"}, {"y", y ? "YY" : ""}});
    ASSERT_THAT(out, testing::HasSubstr("XX")) << text;
    if (y && text.find("{y}") != std::string::npos) {
      ASSERT_THAT(out, testing::HasSubstr("YY")) << text;
    }
    ASSERT_EQ(out.find("  "), std::string::npos) << text;
  }
}

Dataset films() {
  Dataset out;
  out.users = IdMap({"a", "b"});
  out.items = IdMap({"1", "2", "3"});
  out.types = {"rating", "view", "wish"};
  out.item_fields.fields["title"] = {"Toy Story (1995)", "GoldenEye (1995)", ""};
  Interactions& all = out.interactions;
  all.user = {0, 0, 0, 0, 1};
  all.item = {1, 0, 2, 0, 1};
  all.value = {1, 4.5, 1, 1, 1};
  all.type = {1, 0, 1, 2, 1};
  all.time = {1, 2, 3, 4, 1};
  all.part = {0, 0, 0, 2, 0};
  return out;
}

TEST(ItemTexts, UnknownFieldGivesTheNearest) {
  EXPECT_EQ(item_texts(films(), TextTemplate("{title}")),
            (std::vector<std::string>{"Toy Story (1995)", "GoldenEye (1995)", ""}));
  try {
    item_texts(films(), TextTemplate("{titel}"));
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::kConfig);
    EXPECT_THAT(e.hint(), testing::HasSubstr("title"));
  }
}

}  // namespace
}  // namespace genre
