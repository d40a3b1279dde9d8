#include "genre/lm/json_schema.h"

#include <gmock/gmock.h>

#include "genre/base/error.h"
#include "genre/base/random.h"
#include "genre/lm/schema_validator_test.h"

namespace genre {
namespace {

using Json = nlohmann::ordered_json;

bool accepts(ByteAutomaton& automaton, const std::string& text) {
  auto state = automaton.start();
  for (const char c : text)
    if (state >= 0) state = automaton.step(state, static_cast<unsigned char>(c));
  return state >= 0 && automaton.accepts(state);
}

TEST(JsonSchema, AcceptsObjectsWithTheirPropertiesInOrder) {
  auto automaton = compile_json_schema(R"({
    "type": "object", "title": "A film", "required": ["title", "year"], "additionalProperties": false,
    "properties": {"title": {"type": "string", "maxLength": 5}, "year": {"type": "integer", "minimum": 1900},
                   "tags": {"type": "array", "items": {"enum": ["a", "b\n"]}, "maxItems": 2}, "seen": {"type": ["boolean", "null"]}}})",
                                       "film.json");
  for (const char* text :
       {R"({"title":"Heat","year":1995})", R"({"title": "", "year": 2000, "tags": [], "seen": null})",
        R"({"title":"äöüß€","year":1900,"seen":true})", R"({"title":"\"\\\/\n\t","year":1900,"tags":["a", "b\n"]})",
        "{\"title\":\"\xF0\x9F\x8E\xAC\",\"year\":9999}"})
    EXPECT_TRUE(accepts(automaton, text)) << text;
  for (const char* text :
       {R"({"year":1995,"title":"Heat"})", R"({"title":"Heat"})", R"({"title":"Heat","year":1899})", "{}", "",
        R"({"title":"Heat!!","year":1995})", R"({"title":"Heat","year":1995,})", R"({"title":"Heat","year":1995)",
        R"({"title":"Heat","year":1995,"tags":["c"]})", R"({"title":"Heat","year":1995,"tags":["a","a","a"]})",
        R"({"title":"Heat","year":1995,"seen":"no"})", R"({"title":"Heat","year":1995}})",
        "{\"title\":\"\n\",\"year\":1995}", "{\"title\":\"\xC0\xAF\",\"year\":1995}",
        "{\"title\":\"\xED\xA0\x80\",\"year\":1995}"})
    EXPECT_FALSE(accepts(automaton, text)) << text;
  const std::string shortest = automaton.shortest(automaton.start());
  EXPECT_TRUE(accepts(automaton, shortest)) << shortest;
  EXPECT_EQ(shortest.size(), std::string(R"({"title":"","year":1900})").size());
}

TEST(JsonSchema, FollowsReferencesAndChoices) {
  auto automaton = compile_json_schema(
      R"({"anyOf": [{"$ref": "#/$defs/point"}, {"const": "none"}], "$defs": {"point": {"type": "array", "minItems": 2, "maxItems": 2,
          "items": {"$ref": "#/$defs/number"}}, "number": {"type": "number", "exclusiveMinimum": 0, "maximum": 1.5}}})",
      "f");
  for (const char* text : {"[0.1,1]", "[1.5, 1.25]", "\"none\""}) EXPECT_TRUE(accepts(automaton, text)) << text;
  for (const char* text : {"[0,1]", "[1]", "[1,1,1]", "[1.51,1]", "none"})
    EXPECT_FALSE(accepts(automaton, text)) << text;
}

struct Fault {
  std::string schema, key, message;
};
TEST(JsonSchema, FaultsNameTheirPlaceAndKeyword) {
  for (
      const Fault& fault : std::vector<Fault>{
          {R"({"type": "string", "pattern": "a+"})", "/pattern", "\"pattern\" is not supported"},
          {R"({"type": "object", "properties": {"a": {"type": "array", "items": {"type": "integer", "multipleOf": 2}}}})",
           "/properties/a/items/multipleOf", "\"multipleOf\" is not supported"},
          {R"({"type": "object", "properties": {}, "required": ["a"]})", "/required", "\"a\" is required"},
          {R"({"type": "object", "additionalProperties": {"type": "string"}})", "/additionalProperties",
           "not supported"},
          {R"({"type": "text"})", "/type", "no type \"text\""},
          {R"({"type": 3})", "/type", "a name or a list"},
          {R"({})", "/", "says no type"},
          {R"(true)", "/", "a schema is an object, not boolean"},
          {R"({"type": "array"})", "/", "needs items"},
          {R"({"type": "array", "items": {"type": "null"}, "minItems": 3, "maxItems": 2})", "/maxItems",
           "below minItems"},
          {R"({"type": "string", "maxLength": -1})", "/maxLength", "whole number"},
          {R"({"type": "string", "minLength": 2, "maxLength": 1})", "/maxLength", "below minLength"},
          {R"({"type": "number", "minimum": "0"})", "/minimum", "is a number"},
          {R"({"type": "number", "minimum": 1e-12})", "/", "nine decimal places"},
          {R"({"enum": []})", "/enum", "list of values"},
          {R"({"enum": [1], "minimum": 0})", "/minimum", "beside \"enum\""},
          {R"({"anyOf": [], "type": "null"})", "/type", "beside \"anyOf\""},
          {R"({"$ref": "#/$defs/a", "$defs": {"a": {"type": "array", "items": {"$ref": "#/$defs/a"}}}})",
           "/$defs/a/items/$ref", "refers to itself"},
          {R"({"$ref": "#/$defs/b"})", "/$ref", "there is no"},
          {R"({"$ref": "other.json"})", "/$ref", "cannot follow"},
          {R"({"type": "integer", "minimum": 5, "maximum": 4})", "", "nothing can satisfy"},
          {R"({"type": )", "", "not JSON"}}) {
    try {
      compile_json_schema(fault.schema, "s.json");
      FAIL() << fault.schema;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kConfig);
      EXPECT_EQ(error.place().file, "s.json");
      EXPECT_EQ(error.place().key, fault.key) << fault.schema;
      EXPECT_THAT(error.message(), testing::HasSubstr(fault.message));
    }
  }
}

TEST(JsonSchema, DeepAndHugeSchemasAreRefused) {
  std::string deep = R"({"type": "null"})";
  for (int i = 0; i < 40; ++i) deep = R"({"type": "array", "items": )" + deep + "}";
  EXPECT_THROW(compile_json_schema(deep, "f"), Error);
  EXPECT_THROW(compile_json_schema(
                   R"({"type": "array", "minItems": 9999, "items": {"type": "string", "maxLength": 9999}})", "f"),
               Error);
}

Json random_schema(RandomStream& random, int depth) {
  const auto below = [&](std::uint64_t n) { return static_cast<int>(random.below(n)); };
  switch (random.below(depth > 0 ? 8 : 5)) {
    case 0: {
      Json schema = {{"type", "string"}, {"minLength", below(3)}};
      if (below(2)) schema["maxLength"] = 2 + below(4);
      return schema;
    }
    case 1:
      return {{"type", "integer"}, {"minimum", below(100) - 50}, {"exclusiveMaximum", 60 + below(100)}};
    case 2:
      return {{"type", "number"}, {"exclusiveMinimum", below(100) / 8.0 - 5}, {"maximum", 8 + below(9)}};
    case 3:
      return {{"type", Json::array({"boolean", "null"})}};
    case 4:
      return {{"enum", Json::array({"a\"b", "ä", 3, -0.5, true, nullptr})}};
    case 5: {
      Json schema = {{"type", "array"}, {"items", random_schema(random, depth - 1)}, {"minItems", below(3)}};
      if (below(2)) schema["maxItems"] = 2 + below(3);
      return schema;
    }
    case 6:
      return {{"anyOf", Json::array({random_schema(random, depth - 1), random_schema(random, depth - 1)})}};
    default: {
      Json properties = Json::object(), required = Json::array();
      for (int i = below(4); i > 0; --i) {
        const std::string name = "p" + std::to_string(i);
        properties[name] = random_schema(random, depth - 1);
        if (below(2)) required.push_back(name);
      }
      return {{"type", "object"}, {"properties", properties}, {"required", required}, {"additionalProperties", false}};
    }
  }
}

// Walks of random bytes, closed the short way after a while, are JSON and satisfy their schema.
TEST(JsonSchema, EveryWalkSatisfiesTheSchema) {
  RandomStream random(4, "test");
  for (int trial = 0; trial < 150; ++trial) {
    const Json schema = random_schema(random, 3);
    auto automaton = compile_json_schema(schema.dump(), "f");
    for (int walk = 0; walk < 20; ++walk) {
      std::string text;
      auto state = automaton.start();
      const std::size_t enough = random.below(80);
      while (automaton.continues(state) && text.size() < enough) {
        const auto byte = static_cast<unsigned char>(random.below(256));
        const auto next = automaton.step(state, byte);
        if (next < 0) continue;
        state = next;
        text += static_cast<char>(byte);
      }
      text += automaton.shortest(state);
      const Json value = Json::parse(text, nullptr, /*allow_exceptions=*/false);
      ASSERT_FALSE(value.is_discarded()) << schema << '\n' << text;
      ASSERT_TRUE(satisfies(value, schema, schema)) << schema << '\n' << text;
    }
  }
}

}  // namespace
}  // namespace genre
