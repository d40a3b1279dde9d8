#include "genre/lm/generator.h"

#include <gmock/gmock.h>

#include <atomic>
#include <mutex>
#include <numeric>
#include <set>

#include "genre/base/error.h"
#include "genre/base/random.h"
#include "genre/lm/choice_constraint.h"
#include "genre/lm/json_constraint.h"
#include "genre/lm/schema_validator_test.h"
#include "genre/lm/small_decoder_test.h"
#include "genre/lm/text_writer.h"

namespace genre {
namespace {

using Ids = std::vector<std::int32_t>;

class Generating : public SmallDecoder {
 protected:
  GenerationRequest request(const std::string& prompt, std::uint64_t seed = 1, int max_tokens = 24) const {
    GenerationRequest r;
    r.prompt = decoder_->tokenizer().encode_plain(prompt);
    r.sampling = {.temperature = 1, .top_k = 50, .repetition_penalty = 1.1F, .seed = seed};
    r.max_tokens = max_tokens;
    return r;
  }

  // The same text written by plain passes over the whole sequence, one for each token.
  Ids plainly(const GenerationRequest& r) const {
    TextWriter writer({decoder_->tokenizer(), decoder_->config().vocabulary, decoder_->config().end_tokens, kPositions},
                      r);
    while (!writer.finished()) {
      Ids sequence = r.prompt;
      sequence.insert(sequence.end(), writer.ids().begin(), writer.ids().end());
      KvCache cache(decoder_->config());
      const DecoderSlice whole{&cache, sequence, 1};
      writer.write(decoder_->forward({&whole, 1}).row(0));
    }
    return writer.ids();
  }
};

std::string letters(std::uint64_t seed, std::size_t count) {
  RandomStream random(seed, "letters");
  std::string text;
  while (text.size() < count) text += static_cast<char>('a' + random.below(26));
  return text;
}

TEST_F(Generating, TextsDependOnTheirRequestsAlone) {
  std::vector<GenerationRequest> requests;
  for (std::uint64_t i = 0; i < 40; ++i) {
    std::string prompt = letters(i, 1 + i * 7 % 90);
    if (i % 3 == 0) prompt = letters(99, 60) + prompt;  // a beginning that many share
    requests.push_back(request(prompt, i, 1 + static_cast<int>(i * 5 % 40)));
  }
  std::vector<Ids> expected;
  for (const auto& r : requests) expected.push_back(plainly(r));
  for (const GeneratorOptions& options : {GeneratorOptions{}, GeneratorOptions{.concurrent = 1},
                                          GeneratorOptions{.concurrent = 5, .waiting = 3, .prompt_tokens = 7}}) {
    Generator generator(*decoder_, options);
    std::vector<Generator::Ticket> tickets;
    for (const auto& r : requests) tickets.push_back(generator.submit(r));
    int shared = 0;
    for (std::size_t i = 0; i < requests.size(); ++i) {
      const Generation generation = tickets[i].result.get();
      ASSERT_EQ(generation.ids, expected[i]) << i;
      EXPECT_EQ(generation.text, decoder_->tokenizer().decode(generation.ids));
      EXPECT_EQ(generation.prompt_tokens, static_cast<int>(requests[i].prompt.size()));
      shared += generation.shared_tokens;
    }
    EXPECT_GE(shared, 12 * 60);
  }
}

// Whatever the model wants to say, at any length, a plain validator finds nothing wrong with it.
TEST_F(Generating, RandomModelsWriteDocumentsThatSatisfyTheirSchema) {
  const auto schema = nlohmann::ordered_json::parse(R"({
    "type": "object", "required": ["id", "when", "price", "item"], "additionalProperties": false,
    "properties": {
      "id": {"type": "string", "pattern": "^[A-Z]{2}-\\d{3,5}$", "maxLength": 7},
      "when": {"type": "string", "format": "date-time"},
      "mail": {"type": "string", "format": "email", "maxLength": 30},
      "price": {"type": "number", "minimum": 0, "maximum": 500, "multipleOf": 0.05},
      "item": {"oneOf": [{"$ref": "#/$defs/film"}, {"$ref": "#/$defs/list"}]}},
    "$defs": {
      "film": {"allOf": [{"type": "object", "required": ["kind"], "properties": {"kind": {"const": "film"}}},
                         {"properties": {"year": {"type": "integer", "minimum": 1888}}, "required": ["year"]}]},
      "list": {"type": "object", "required": ["kind", "items"], "properties": {"kind": {"enum": ["list", "box"]},
               "items": {"type": "array", "maxItems": 2, "items": {"anyOf": [{"$ref": "#/$defs/film"}, {"$ref": "#/$defs/list"}]}}}}}})");
  const auto constraint = std::make_shared<JsonConstraint>(std::make_shared<VocabularyTree>(decoder_->tokenizer()),
                                                           schema.dump(), "schema.json");
  const int least = constraint->closing_length(TokenConstraint::kStart);
  Generator generator(*decoder_, {.concurrent = 16});
  std::vector<Generator::Ticket> tickets;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    GenerationRequest r = request("ticket", seed, least + static_cast<int>(seed * 3));
    r.constraint = constraint;
    tickets.push_back(generator.submit(std::move(r)));
  }
  std::set<std::string> kinds;
  for (auto& ticket : tickets) {
    const std::string text = ticket.result.get().text;
    const auto value = nlohmann::ordered_json::parse(text, nullptr, /*allow_exceptions=*/false);
    ASSERT_FALSE(value.is_discarded()) << text;
    ASSERT_TRUE(satisfies(value, schema, schema)) << text;
    kinds.insert(value["item"]["kind"].get<std::string>());
  }
  EXPECT_GT(kinds.size(), 1u);
}

TEST_F(Generating, APromptRepeatedIsReadOnce) {
  Generator generator(*decoder_);
  const auto r = request(letters(1, 80), 3);
  const Generation first = generator.submit(r).result.get(), second = generator.submit(r).result.get();
  EXPECT_EQ(first.ids, second.ids);
  EXPECT_EQ(first.shared_tokens, 0);
  EXPECT_EQ(second.shared_tokens, 79);
  EXPECT_GT(first.prefill_tokens_per_second(), 0);
}

TEST_F(Generating, TellsTheTextInPieces) {
  Generator generator(*decoder_);
  auto r = request("once", 4, 60);
  std::string told;
  r.on_text = [&](std::string_view piece) { told += piece; };
  const Generation generation = generator.submit(std::move(r)).result.get();
  EXPECT_EQ(told, generation.text);
}

TEST_F(Generating, OneRequestIsCancelledAndTheOthersGoOn) {
  const auto other = request("other", 2, 60);
  const Ids expected = plainly(other);
  Generator generator(*decoder_);
  auto r = request("cancel me", 1, 300);
  r.sampling.temperature = 0;
  r.constraint = std::make_shared<ChoiceConstraint>(std::vector<Ids>{Ids(300, 'a')});  // so that it goes on
  std::atomic<std::uint64_t> id = 0;
  int pieces = 0;
  r.on_text = [&](std::string_view) {
    if (++pieces == 5) generator.cancel(id);
  };
  std::mutex blocked;
  blocked.lock();
  auto first = request("wait", 1, 2);
  first.on_text = [&](std::string_view) { const std::scoped_lock lock(blocked); };
  auto held = generator.submit(std::move(first));
  auto cancelled = generator.submit(std::move(r));
  id = cancelled.id;
  auto beside = generator.submit(other);
  blocked.unlock();
  const Generation stopped = cancelled.result.get();
  EXPECT_EQ(stopped.stop_reason, StopReason::kCancelled);
  EXPECT_EQ(stopped.text, "aaaaa");
  EXPECT_EQ(beside.result.get().ids, expected);
  generator.cancel(cancelled.id);  // ended already
  generator.cancel(12345);
  held.result.get();
}

TEST_F(Generating, AFullQueueRefusesAndAClosedGeneratorCancels) {
  std::mutex blocked;
  blocked.lock();
  std::vector<std::future<Generation>> results;
  {
    Generator generator(*decoder_, {.concurrent = 1, .waiting = 2});
    auto first = request("wait", 1, 200);
    std::promise<void> began;
    first.on_text = [&, told = false](std::string_view) mutable {
      if (!std::exchange(told, true)) began.set_value();
      const std::scoped_lock lock(blocked);
    };
    results.push_back(generator.submit(std::move(first)).result);
    began.get_future().wait();
    for (int i = 0; i < 2; ++i) results.push_back(std::move(generator.try_submit(request("next"))->result));
    EXPECT_FALSE(generator.try_submit(request("too many")));
    blocked.unlock();
    results[1].wait();
  }
  EXPECT_EQ(results[0].get().stop_reason, StopReason::kLength);
  for (std::size_t i = 1; i < results.size(); ++i) EXPECT_NO_THROW(results[i].get());
}

TEST_F(Generating, AFaultFailsItsOwnRequestOnly) {
  Generator generator(*decoder_);
  auto good = generator.submit(request("good"));
  auto empty = generator.submit(request(""));
  auto long_prompt = generator.submit(request(letters(1, kPositions + 1)));
  auto throwing = request("callback");
  throwing.on_text = [](std::string_view) { throw Error(ErrorCode::kRuntime, "no more"); };
  auto thrown = generator.submit(std::move(throwing));
  EXPECT_EQ(good.result.get().ids, plainly(request("good")));
  EXPECT_THROW(empty.result.get(), Error);
  EXPECT_THROW(long_prompt.result.get(), Error);
  EXPECT_THROW(thrown.result.get(), Error);
  EXPECT_EQ(generator.submit(request("after")).result.get().ids, plainly(request("after")));
}

TEST_F(Generating, OptionsBelowOneAreRefused) {
  EXPECT_THROW(Generator(*decoder_, {.concurrent = 0}), Error);
  EXPECT_THROW(Generator(*decoder_, {.waiting = 0}), Error);
}

}  // namespace
}  // namespace genre
