#include "genre/serve/parameter.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "genre/serve/problem.h"

namespace genre {
namespace {

const std::vector<Parameter> kFields = {
    {.name = "user", .presence = Presence::kRequired, .minimum = 1, .maximum = 4, .doc = "who"},
    {.name = "k", .type = ParameterType::kInteger, .minimum = 1, .maximum = 1000, .doc = ""},
    {.name = "history", .type = ParameterType::kTexts, .maximum = 2, .doc = ""},
    {.name = "value", .type = ParameterType::kNumber, .minimum = -10, .maximum = 10, .doc = ""},
    {.name = "explain", .type = ParameterType::kFlag, .doc = ""},
    {.name = "time", .type = ParameterType::kTimestamp, .doc = ""},
    {.name = "q",
     .place = ParameterPlace::kQuery,
     .type = ParameterType::kInteger,
     .minimum = 0,
     .maximum = 9,
     .doc = ""},
};

Arguments read(const char* text) {
  Arguments out;
  read_object(nlohmann::json::parse(text), kFields, "", out);
  return out;
}

Problem refusal(const char* text) {
  try {
    read(text);
  } catch (const Problem& problem) {
    EXPECT_EQ(problem.status, 400);
    return problem;
  }
  ADD_FAILURE() << "accepted: " << text;
  return Problem(0, "", "");
}

}  // namespace

TEST(Parameter, EveryTypeIsRead) {
  const Arguments a = read(
      R"({"user": "ann", "k": 3, "history": ["1", "2"], "value": 2, "explain": true, "time": "1970-01-01T00:00:01Z"})");
  EXPECT_EQ(a.text("user"), "ann");
  EXPECT_EQ(a.integer("k", 10), 3);
  EXPECT_EQ(a.texts("history"), (std::vector<std::string>{"1", "2"}));
  EXPECT_EQ(a.number("value", 1), 2);
  EXPECT_TRUE(a.flag("explain"));
  EXPECT_EQ(a.integer("time", 0), 1000);
  EXPECT_EQ(read(R"({"user": "a", "time": 1700000000123})").integer("time", 0), 1700000000123);
}

TEST(Parameter, NullIsAbsent) {
  EXPECT_EQ(read(R"({"user": "a", "k": null})").integer("k", 10), 10);
  EXPECT_EQ(refusal(R"({"user": null})").code, "missing_field");
}

TEST(Parameter, UnknownFieldNamesTheNearest) {
  const Problem problem = refusal(R"({"user": "a", "histroy": []})");
  EXPECT_EQ(problem.code, "unknown_field");
  EXPECT_EQ(problem.hint, "did you mean \"history\"?");
  EXPECT_EQ(problem.place, "/histroy");
  EXPECT_NE(refusal(R"({"user": "a", "zzzzzz": 1})").hint.find("known fields: user, k"), std::string::npos);
  EXPECT_EQ(refusal(R"({"user": "a", "a/b~": 1})").place, "/a~1b~0");
}

TEST(Parameter, FieldsOutOfRangeOrOfAnotherTypeAreNamed) {
  for (const char* bad : {R"({"user": ""})",
                          R"({"user": "abcde"})",
                          R"({"user": 5})",
                          R"({"user": ["a"]})",
                          R"({"user": "a", "k": 0})",
                          R"({"user": "a", "k": 1001})",
                          R"({"user": "a", "k": 1.5})",
                          R"({"user": "a", "k": "3"})",
                          R"({"user": "a", "k": 18446744073709551615})",
                          R"({"user": "a", "history": "x"})",
                          R"({"user": "a", "history": [1]})",
                          R"({"user": "a", "history": [""]})",
                          R"({"user": "a", "history": ["1", "2", "3"]})",
                          R"({"user": "a", "value": 11})",
                          R"({"user": "a", "value": "NaN"})",
                          R"({"user": "a", "explain": 1})",
                          R"({"user": "a", "time": "now"})",
                          R"({"user": "a", "time": 1.5})",
                          R"({"user": "a", "time": 1e300})",
                          R"({"user": "a", "time": 18446744073709551615})"})
    EXPECT_EQ(refusal(bad).code, "bad_field") << bad;
  EXPECT_EQ(refusal(R"({"user": "a", "history": ["1", 2]})").place, "/history/1");
  EXPECT_EQ(refusal(R"({"user": 5})").hint, "write it in quotes");
  EXPECT_EQ(refusal("{}").code, "missing_field");
  EXPECT_EQ(refusal("[]").code, "bad_field");
}

TEST(Parameter, QueriesAreReadByTheSameTable) {
  Arguments a;
  read_query(std::vector<std::pair<std::string, std::string>>{{"q", "7"}}, kFields, a);
  EXPECT_EQ(a.integer("q", 0), 7);
  for (const auto& bad : std::vector<std::vector<std::pair<std::string, std::string>>>{{{"q", "10"}},
                                                                                       {{"q", ""}},
                                                                                       {{"q", "1x"}},
                                                                                       {{"q", "99999999999999999999"}},
                                                                                       {{"q", "1"}, {"q", "2"}},
                                                                                       {{"user", "a"}}}) {
    Arguments out;
    EXPECT_THROW(read_query(bad, kFields, out), Problem) << bad[0].second;
  }
}

}  // namespace genre
