#include "genre/serve/json_text.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "genre/serve/problem.h"

namespace genre {
namespace {

Problem refusal(std::string_view text) {
  try {
    parse_json(text);
  } catch (const Problem& problem) {
    EXPECT_EQ(problem.status, 400);
    EXPECT_EQ(problem.code, "bad_json");
    return problem;
  }
  ADD_FAILURE() << "accepted: " << text;
  return Problem(0, "", "");
}

}  // namespace

TEST(JsonText, ReadsAnyJson) {
  EXPECT_EQ(parse_json(R"( {"a": [1, 2.5, "x", null, true], "b": {"a": {}}} )")["a"][1], 2.5);
  EXPECT_EQ(parse_json(std::string(64, '[') + std::string(64, ']')).size(), 1u);
}

TEST(JsonText, SaysWhereTheFaultIs) {
  EXPECT_EQ(refusal("{\n \"k\": 1,\n \"u\" 2}").place, "line 3, column 6");
  EXPECT_EQ(refusal("[1,]").place, "line 1, column 4");
  EXPECT_EQ(refusal("").detail, "wanted JSON, found nothing");
}

TEST(JsonText, RefusesWhatReadersDisagreeOn) {
  EXPECT_NE(refusal(R"({"user": "a", "x": {"user": 1}, "user": "b"})").detail.find("\"user\" appears twice"),
            std::string::npos);
  refusal("{\"a\": \"\xff\"}");
  refusal("{\"a\": \"\xed\xa0\x80\"}");
  refusal(R"({"a": "\ud800"})");
  refusal("[NaN]");
  refusal("[1e999]");
  refusal("{'a': 1}");
  refusal("[1] [2]");
  refusal("// no\n1");
  refusal(std::string("[1]\0", 4));
}

TEST(JsonText, DepthIsLimited) {
  EXPECT_NE(refusal(std::string(65, '[') + std::string(65, ']')).detail.find("64"), std::string::npos);
  refusal(std::string(1000000, '['));
  std::string objects;
  for (int i = 0; i < 65; ++i) objects += "{\"a\":";
  EXPECT_NE(refusal(objects + "1" + std::string(65, '}')).detail.find("64"), std::string::npos);
}

}  // namespace genre
