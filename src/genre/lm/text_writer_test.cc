#include "genre/lm/text_writer.h"

#include <gmock/gmock.h>

#include "genre/base/error.h"
#include "genre/base/random.h"
#include "genre/lm/byte_tokenizer_test.h"
#include "genre/lm/choice_constraint.h"
#include "genre/lm/json_constraint.h"
#include "genre/lm/schema_validator_test.h"

namespace genre {
namespace {

using Json = nlohmann::ordered_json;
using testing::ElementsAre;

class Writing : public testing::Test {
 protected:
  ByteTokenizer tokenizer_;
  std::vector<std::int32_t> ends_ = {ByteTokenizer::kEnd};
  WritingModel model_{tokenizer_, ByteTokenizer::kSize, ends_, 100};

  static GenerationRequest request(int max_tokens = 50) {
    GenerationRequest request;
    request.prompt = {'H', 'i'};
    request.max_tokens = max_tokens;
    return request;
  }
  std::shared_ptr<const VocabularyTree> vocabulary() const {
    std::vector<std::pair<std::string, std::int32_t>> tokens;
    for (std::int32_t id = 0; id < ByteTokenizer::kSize; ++id) tokens.emplace_back(tokenizer_.bytes(id), id);
    return std::make_shared<VocabularyTree>(std::move(tokens));
  }
  // Lets a greedy writer choose these tokens one by one, until it finishes; returns the pieces of text it told.
  static std::vector<std::string> dictate(TextWriter& writer, const std::vector<std::int32_t>& ids) {
    std::vector<std::string> pieces;
    for (const std::int32_t id : ids) {
      if (writer.finished()) break;
      std::vector<float> logits(ByteTokenizer::kSize);
      logits[static_cast<std::size_t>(id)] = 1;
      writer.write(logits);
      pieces.emplace_back(writer.fresh());
    }
    return pieces;
  }
  std::vector<std::int32_t> ids_of(const std::string& text) const { return tokenizer_.encode_plain(text); }
};

TEST_F(Writing, EndsAtAnEndTokenWhichIsNotPartOfTheText) {
  const auto r = request();
  TextWriter writer(model_, r);
  EXPECT_THAT(dictate(writer, {'a', ByteTokenizer::kThe, ByteTokenizer::kEnd}), ElementsAre("a", "the", ""));
  EXPECT_TRUE(writer.finished());
  EXPECT_EQ(writer.stop_reason(), StopReason::kEnd);
  EXPECT_EQ(writer.text(), "athe");
  EXPECT_THAT(writer.ids(), ElementsAre('a', ByteTokenizer::kThe));
}

TEST_F(Writing, TellsWholeCharactersOnly) {
  const auto r = request(4);
  TextWriter writer(model_, r);
  EXPECT_THAT(dictate(writer, ids_of("a\xC3\xA4\xC3")), ElementsAre("a", "", "\xC3\xA4", "\xEF\xBF\xBD"));
  EXPECT_EQ(writer.stop_reason(), StopReason::kLength);
}

TEST_F(Writing, StopStringsAcrossTokensAreNotTold) {
  auto r = request();
  r.stop = {"or"};
  TextWriter writer(model_, r);
  EXPECT_THAT(dictate(writer, ids_of("foobar or")), ElementsAre("f", "", "o", "ob", "a", "r", " ", "", ""));
  EXPECT_EQ(writer.stop_reason(), StopReason::kStop);
  EXPECT_EQ(writer.text(), "foobar ");
}

TEST_F(Writing, WhatMightHaveBegunAStopStringIsToldAtTheEnd) {
  auto r = request(3);
  r.stop = {"zebra"};
  TextWriter writer(model_, r);
  EXPECT_THAT(dictate(writer, ids_of("aze")), ElementsAre("a", "", "ze"));
  EXPECT_EQ(writer.stop_reason(), StopReason::kLength);
}

TEST_F(Writing, ThePositionsOfTheModelLimitTheText) {
  GenerationRequest r = request(1000);
  r.prompt.assign(98, 'a');
  TextWriter writer(model_, r);
  dictate(writer, ids_of("bcdefg"));
  EXPECT_EQ(writer.text(), "bcd");  // the last one is not read any more
  EXPECT_EQ(writer.stop_reason(), StopReason::kLength);
}

TEST_F(Writing, AChoiceEndsWhereNothingMayFollowAndMayEndBefore) {
  auto r = request();
  r.constraint = std::make_shared<ChoiceConstraint>(std::vector{ids_of("Heat"), ids_of("He"), ids_of("Alien")});
  TextWriter whole(model_, r);
  dictate(whole, ids_of("Heat"));
  EXPECT_EQ(whole.stop_reason(), StopReason::kConstraint);
  EXPECT_EQ(whole.text(), "Heat");
  TextWriter early(model_, r);
  dictate(early, {'H', 'e', ByteTokenizer::kEnd});
  EXPECT_EQ(early.stop_reason(), StopReason::kEnd);
  EXPECT_EQ(early.text(), "He");
  r.max_tokens = 4;  // too few for "Alien"
  TextWriter closed(model_, r);
  dictate(closed, ids_of("Alien"));
  EXPECT_EQ(closed.stop_reason(), StopReason::kLength);
  EXPECT_EQ(closed.text(), "He");
}

TEST_F(Writing, JsonSatisfiesItsSchemaHoweverFewTokensThereAre) {
  const Json schema = Json::parse(
      R"({"type": "object", "required": ["a", "b"], "properties": {"a": {"type": "string"}, "n": {"type": "number"},
          "b": {"type": "array", "items": {"enum": ["x", "\u00e4", true]}}}})");
  const auto constraint = std::make_shared<JsonConstraint>(vocabulary(), schema.dump(), "f");
  const int least = constraint->closing_length(TokenConstraint::kStart);
  EXPECT_EQ(least, 15);  // {"a":"","b":[]}
  RandomStream random(1, "test");
  int at_length = 0, by_constraint = 0;
  for (int trial = 0; trial < 400; ++trial) {
    auto r = request(least + static_cast<int>(random.below(60)));
    r.constraint = constraint;
    r.sampling.temperature = 1;
    r.sampling.seed = static_cast<std::uint64_t>(trial);
    TextWriter writer(model_, r);
    while (!writer.finished()) {
      std::vector<float> logits(ByteTokenizer::kSize);
      for (float& x : logits) x = static_cast<float>(random.normal());
      for (const char c : std::string("\"],}")) logits[static_cast<unsigned char>(c)] += 3;
      writer.write(logits);
    }
    ASSERT_LE(writer.ids().size(), static_cast<std::size_t>(r.max_tokens));
    const Json value = Json::parse(writer.text(), nullptr, /*allow_exceptions=*/false);
    ASSERT_TRUE(!value.is_discarded() && satisfies(value, schema, schema)) << writer.text();
    at_length += writer.stop_reason() == StopReason::kLength;
    by_constraint += writer.stop_reason() == StopReason::kConstraint;
  }
  EXPECT_GT(at_length, 20);
  EXPECT_GT(by_constraint, 20);
}

TEST_F(Writing, ACompleteValueThatMayGoOnEndsByTheEndToken) {
  auto r = request();
  r.constraint = std::make_shared<JsonConstraint>(vocabulary(), R"({"type": "integer"})", "f");
  TextWriter writer(model_, r);
  dictate(writer, {'4', '2', ByteTokenizer::kEnd});
  EXPECT_EQ(writer.stop_reason(), StopReason::kEnd);
  EXPECT_EQ(writer.text(), "42");
}

TEST_F(Writing, FaultsOfARequestAreNamed) {
  const auto message = [&](const GenerationRequest& r) {
    try {
      TextWriter(model_, r);
    } catch (const Error& error) {
      return error.message();
    }
    return std::string();
  };
  EXPECT_EQ(message(request()), "");
  GenerationRequest r = request();
  r.prompt.clear();
  EXPECT_THAT(message(r), testing::HasSubstr("prompt is empty"));
  r.prompt.assign(101, 'a');
  EXPECT_THAT(message(r), testing::HasSubstr("101 tokens"));
  r.prompt = {ByteTokenizer::kSize};
  EXPECT_THAT(message(r), testing::HasSubstr("outside [0, 258)"));
  EXPECT_THAT(message(request(0)), testing::HasSubstr("at least 1"));
  r = request(2);
  r.constraint = std::make_shared<ChoiceConstraint>(std::vector<std::vector<std::int32_t>>{ids_of("abc")});
  EXPECT_THAT(message(r), testing::HasSubstr("shortest text that the constraint allows has 3"));
  r.max_tokens = 3;
  r.stop = {"x"};
  EXPECT_THAT(message(r), testing::HasSubstr("stop strings"));
  r = request();
  r.sampling.top_p = 2;
  EXPECT_THAT(message(r), testing::HasSubstr("top-p"));
}

}  // namespace
}  // namespace genre
