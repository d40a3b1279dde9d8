#include "genre/lm/json_schema.h"

#include <gmock/gmock.h>

#include "genre/base/error.h"
#include "genre/base/random.h"
#include "genre/lm/automaton_test.h"
#include "genre/lm/schema_validator_test.h"

namespace genre {
namespace {

using Json = nlohmann::ordered_json;

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

TEST(JsonSchema, KeywordsBesideACombinationHoldInEveryBranch) {
  auto automaton = compile_json_schema(R"({
    "type": "object", "required": ["kind", "id"], "properties": {"kind": {"type": "string"}, "id": {"$ref": "#/$defs/id", "maximum": 50}},
    "anyOf": [{"properties": {"kind": {"const": "a"}, "size": {"type": "integer"}}, "required": ["size"]},
              {"properties": {"kind": {"enum": ["b", "c"]}}}],
    "$defs": {"id": {"allOf": [{"type": "number", "minimum": 1}, {"type": "integer", "multipleOf": 5}, {"multipleOf": 2}]}}})",
                                       "f");
  for (const char* text : {R"({"kind":"a","id":10,"size":3})", R"({"kind":"b","id":50})", R"({"kind":"c","id":20})"})
    EXPECT_TRUE(accepts(automaton, text)) << text;
  for (const char* text : {R"({"kind":"a","id":10})", R"({"kind":"b","id":5})", R"({"kind":"b","id":60})",
                           R"({"kind":"d","id":10})", R"({"kind":"b","id":0})", R"({"id":10})"})
    EXPECT_FALSE(accepts(automaton, text)) << text;
}

TEST(JsonSchema, ADefinitionHoldsItselfFourTimesAndNoMore) {
  auto automaton = compile_json_schema(
      R"({"$ref": "#/$defs/node", "$defs": {"node": {"type": "object", "required": ["name"], "properties": {
          "name": {"type": "string", "pattern": "^[a-z]$"}, "next": {"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]}}}}})",
      "f");
  std::string text = R"({"name":"a"})";
  for (int inside = 0; inside <= 5; ++inside) {
    EXPECT_EQ(accepts(automaton, text), inside <= 4) << text;
    text = R"({"name":"a","next":)" + text + "}";
  }
  EXPECT_TRUE(accepts(automaton, R"({"name":"a","next":null})"));
  auto tree = compile_json_schema(
      R"({"type": "object", "required": ["children"], "properties": {"children": {"type": "array", "items": {"$ref": "#"}}}})",
      "f");
  EXPECT_TRUE(accepts(tree, R"({"children":[{"children":[]}, {"children":[{"children":[]}]}]})"));
}

TEST(JsonSchema, BranchesOfOneOfAreToldApart) {
  for (
      const char* schema :
      {R"({"oneOf": [{"type": "integer"}, {"type": "string"}, {"type": ["array", "null"], "items": {"type": "null"}}]})",
       R"({"oneOf": [{"const": "a"}, {"enum": ["b", 1]}, {"type": "object", "properties": {}}]})",
       R"({"oneOf": [{"type": "number", "maximum": 3}, {"type": "integer", "exclusiveMinimum": 3}]})",
       R"({"oneOf": [{"type": "string", "maxLength": 3}, {"type": "string", "minLength": 4, "maxLength": 5}]})",
       R"({"oneOf": [{"type": "string", "pattern": "^[a-m]+$"}, {"type": "string", "pattern": "^[n-z]+$"}, {"type": "string", "format": "date"}]})",
       R"({"oneOf": [{"type": "array", "items": {"type": "null"}, "minItems": 1}, {"type": "array", "items": {"type": "boolean"}, "minItems": 1}]})",
       R"({"oneOf": [{"type": "object", "required": ["kind"], "properties": {"kind": {"const": "film"}, "year": {"type": "integer"}}},
                      {"type": "object", "required": ["kind"], "properties": {"kind": {"const": "book"}, "pages": {"type": "integer"}}}]})",
       R"({"oneOf": [{"type": "object", "required": ["a"], "properties": {"a": {"type": "null"}}},
                      {"type": "object", "additionalProperties": false, "properties": {"b": {"type": "null"}}}]})"})
    EXPECT_NO_THROW(compile_json_schema(schema, "f")) << schema;
}

struct Fault {
  std::string schema, key, message;
};
TEST(JsonSchema, FaultsNameTheirPlaceAndKeyword) {
  for (
      const Fault& fault : std::vector<Fault>{
          {R"({"type": "object", "properties": {"a": {"type": "array", "items": {"type": "integer"}, "uniqueItems": true}}})",
           "/properties/a/uniqueItems", "\"uniqueItems\" is not supported"},
          {R"({"not": {"type": "null"}})", "/not", "\"not\" is not supported"},
          {R"x({"type": "string", "pattern": "(?=a)"})x", "/pattern", "lookaround"},
          {R"({"type": "string", "pattern": 3})", "/pattern", "is a text"},
          {R"({"type": "string", "format": "hostname"})", "/format", "\"hostname\" is not supported"},
          {R"({"type": "integer", "multipleOf": 0})", "/multipleOf", "step of 0"},
          {R"({"type": "integer", "multipleOf": 1234})", "/multipleOf", "step of 1234"},
          {R"({"allOf": [{"type": "integer", "multipleOf": 999}, {"multipleOf": 1000}]})", "/", "common step"},
          {R"({"oneOf": [{"type": "integer"}, {"type": "string"}, {"type": "number", "minimum": 3}]})", "/oneOf/2",
           "branches 0 and 2"},
          {R"({"oneOf": [{"type": "object", "properties": {"a": {"type": "null"}}},
                         {"type": "object", "properties": {"b": {"type": "null"}}}]})",
           "/oneOf/1", "may both hold"},
          {R"({"oneOf": {}})", "/oneOf", "list of schemas"},
          {R"({"enum": [1], "const": 1})", "/enum", "beside const"},
          {R"({"anyOf": [{"$ref": "#/$defs/a"}], "$defs": {"a": {"allOf": [{"$ref": "#/$defs/a"}]}}})",
           "/$defs/a/allOf/0/$ref", "nothing but itself"},
          {R"({"$ref": "#"})", "/$ref", "nothing but itself"},
          {R"({"type": "object", "required": ["a"], "properties": {"a": {"$ref": "#"}}})", "", "nothing can satisfy"},
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
          {R"({"enum": [1], "minimum": 0})", "/", "together with keywords of number"},
          {R"({"anyOf": [], "type": "null"})", "/anyOf", "list of schemas"},
          {R"({"minLength": 1, "minimum": 1})", "/", "says no type"},
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
  deep = R"({"type": "null"})";
  for (int i = 0; i < 2000; ++i) deep = R"({"allOf": [)" + deep + "]}";
  EXPECT_THROW(compile_json_schema(deep, "f"), Error);
  std::string wide = R"({"type": "null"})";
  for (int i = 0; i < 12; ++i) wide = R"({"anyOf": [)" + wide + ", " + wide + "]}";
  EXPECT_THROW(compile_json_schema(wide, "f"), Error);
  EXPECT_THROW(compile_json_schema(
                   R"({"type": "array", "minItems": 9999, "items": {"type": "string", "maxLength": 9999}})", "f"),
               Error);
}

Json random_schema(RandomStream& random, int depth) {
  const auto below = [&](std::uint64_t n) { return static_cast<int>(random.below(n)); };
  switch (random.below(depth > 0 ? 12 : 8)) {
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
      Json schema = {{"type", "string"}, {"pattern", std::array{"^[a-f]{2,}$", "b|^\\d", "[^a-z]$"}[random.below(3)]}};
      if (below(2)) schema["maxLength"] = 3 + below(4);
      return schema;
    }
    case 6:
      return {{"type", "string"},
              {"format", std::array{"date", "time", "date-time", "uuid", "email", "uri"}[random.below(6)]}};
    case 7:
      return {{"type", below(2) ? "integer" : "number"},
              {"multipleOf", std::array{2.0, 5.0, 0.5, 0.01, 30.0}[random.below(5)]},
              {"minimum", below(100) - 50}};
    case 8: {
      Json schema = {{"type", "array"}, {"items", random_schema(random, depth - 1)}, {"minItems", below(3)}};
      if (below(2)) schema["maxItems"] = 2 + below(3);
      return schema;
    }
    case 9:
      return {{"oneOf",
               Json::array(
                   {Json{{"type", "object"},
                         {"required", {"kind"}},
                         {"properties", {{"kind", {{"const", "a"}}}, {"x", random_schema(random, depth - 1)}}}},
                    Json{{"type", "object"},
                         {"required", {"kind"}},
                         {"properties", {{"x", random_schema(random, depth - 1)}, {"kind", {{"enum", {"b", "c"}}}}}}},
                    Json{{"type", "null"}}})}};
    case 10:
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
