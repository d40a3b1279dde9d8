#include "genre/config/toml.h"

#include <gtest/gtest.h>

#include "genre/base/error.h"
#include "genre/config/schema.h"

namespace genre::config {

TEST(ParseToml, KeepsTypesAndLines) {
  const Value root = parse_toml(
      "seed = 7\n[data]\nname = \"shop\"\nratio = [0.8, 0.2]\n[[data.interactions]]\npath = 'a.csv'\n", "shop.toml");
  EXPECT_EQ(to_json(root).dump(),
            R"({"data":{"interactions":[{"path":"a.csv"}],"name":"shop","ratio":[0.8,0.2]},"seed":7})");
  const Table& data = *root.table()->at("data").table();
  EXPECT_EQ(data.at("name").origin.text(), "shop.toml:3");
}

TEST(ParseToml, SyntaxErrorNamesFileAndLine) {
  try {
    parse_toml("seed = 7\nname = ease\n", "shop.toml");
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::kConfig);
    EXPECT_EQ(e.place().file, "shop.toml");
    EXPECT_EQ(e.place().line, 2);
  }
}

TEST(ParseLiteral, TomlLiteralsKeepTheirTypeAndBareWordsAreText) {
  const Origin origin{"--set", 0};
  EXPECT_EQ(parse_literal("300", origin).type_name(), "integer");
  EXPECT_EQ(parse_literal("1e-3", origin).type_name(), "number");
  EXPECT_EQ(parse_literal("true", origin).type_name(), "boolean");
  EXPECT_EQ(std::get<std::string>(parse_literal("ease", origin).data), "ease");
  EXPECT_EQ(std::get<std::string>(parse_literal("\"a b\"", origin).data), "a b");
  EXPECT_EQ(parse_literal("[1, 2]", origin).type_name(), "array");
  EXPECT_EQ(std::get<std::string>(parse_literal("all-MiniLM-L6-v2", origin).data), "all-MiniLM-L6-v2");
}

TEST(ToToml, RoundTrips) {
  const std::string text =
      "a = 1\nb = [1.5, 2.0]\nc = \"q\\\"\\n\"\n[t]\nx = true\n[t.u]\ny = -0.0001\n[[list]]\nn = 1\n[[list]]\nn = 2\n";
  const Value first = parse_toml(text, "x");
  EXPECT_EQ(to_json(parse_toml(to_toml(first), "y")), to_json(first));
}

}  // namespace genre::config
