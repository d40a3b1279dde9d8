#include "genre/lm/json_constraint.h"

#include <gmock/gmock.h>

#include "genre/base/error.h"
#include "genre/base/random.h"
#include "genre/lm/json_schema.h"
#include "genre/lm/schema_validator_test.h"

namespace genre {
namespace {

using Json = nlohmann::ordered_json;

// Every byte, random strings of the bytes that JSON likes, one token twice, and one without bytes.
std::shared_ptr<const VocabularyTree> small_vocabulary() {
  RandomStream random(1, "vocabulary");
  std::vector<std::pair<std::string, std::int32_t>> tokens;
  for (int byte = 0; byte < 256; ++byte) tokens.emplace_back(std::string(1, static_cast<char>(byte)), byte);
  tokens.emplace_back("", 256);
  for (std::int32_t id = 257; id < 1000; ++id) {
    std::string bytes;
    for (std::size_t i = 2 + random.below(4); i > 0; --i) bytes += "{}[]\":, abt0123\xC3\xA4\xF0"[random.below(20)];
    tokens.emplace_back(bytes, id);
  }
  tokens.emplace_back("{\"", 1000);
  tokens.emplace_back("{\"", 1001);
  return std::make_shared<VocabularyTree>(tokens);
}

constexpr const char* kSchema = R"({"type": "object", "required": ["a", "b"], "properties": {
  "a": {"type": "string", "maxLength": 8}, "b": {"type": "array", "items": {"type": "integer", "minimum": -20, "maximum": 300}},
  "t": {"type": "boolean"}}})";

TEST(JsonConstraint, AllowedTokensAreThoseWhoseBytesTheAutomatonTakes) {
  const auto vocabulary = small_vocabulary();
  const JsonConstraint constraint(vocabulary, kSchema, "f");
  ByteAutomaton automaton = compile_json_schema(kSchema, "f");
  RandomStream random(2, "test");
  for (int trial = 0; trial < 30; ++trial) {
    auto state = TokenConstraint::kStart;
    std::string text;
    std::vector<std::int32_t> ids;
    for (int step = 0; step < 30; ++step) {
      constraint.allowed(state, ids);
      std::vector<std::int32_t> plain;
      for (std::int32_t id = 0; id < vocabulary->size(); ++id) {
        auto at = automaton.start();
        for (const char c : text + std::string(vocabulary->bytes(id)))
          if (at >= 0) at = automaton.step(at, static_cast<unsigned char>(c));
        if (at >= 0 && !vocabulary->bytes(id).empty()) plain.push_back(id);
      }
      ASSERT_EQ(ids, plain) << text;
      if (ids.empty()) break;
      const std::int32_t id = ids[random.below(ids.size())];
      state = constraint.next(state, id);
      text += vocabulary->bytes(id);
    }
  }
}

TEST(JsonConstraint, AnyPlaceClosesToATextThatSatisfiesTheSchema) {
  const auto vocabulary = small_vocabulary();
  const JsonConstraint constraint(vocabulary, kSchema, "f");
  const Json schema = Json::parse(kSchema);
  RandomStream random(3, "test");
  std::vector<std::int32_t> ids;
  int ended = 0;
  for (int trial = 0; trial < 500; ++trial) {
    auto state = TokenConstraint::kStart;
    std::string text;
    for (std::uint64_t steps = random.below(40); steps > 0; --steps) {
      constraint.allowed(state, ids);
      if (ids.empty()) break;
      const std::int32_t id = ids[random.below(ids.size())];
      state = constraint.next(state, id);
      text += vocabulary->bytes(id);
    }
    const auto closing = constraint.closing(state);
    EXPECT_EQ(constraint.closing_length(state), static_cast<int>(closing.size()));
    EXPECT_EQ(constraint.complete(state), closing.empty());
    ended += closing.empty();
    for (const std::int32_t id : closing) {
      constraint.allowed(state, ids);
      ASSERT_TRUE(std::ranges::binary_search(ids, id));
      state = constraint.next(state, id);
      text += vocabulary->bytes(id);
    }
    ASSERT_TRUE(constraint.complete(state));
    ASSERT_TRUE(satisfies(Json::parse(text), schema, schema)) << text;
  }
  EXPECT_GT(ended, 0);
}

TEST(JsonConstraint, AVocabularyThatCannotSpellTheSchemaIsRefused) {
  const auto letters =
      std::make_shared<VocabularyTree>(std::vector<std::pair<std::string, std::int32_t>>{{"a", 0}, {"\"", 1}});
  EXPECT_THROW(JsonConstraint(letters, R"({"type": "null"})", "f"), Error);
  EXPECT_NO_THROW(JsonConstraint(letters, R"({"const": "aa"})", "f"));
}

}  // namespace
}  // namespace genre
