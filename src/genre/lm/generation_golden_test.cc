// SmolLM2-135M-Instruct against transformers (tests/golden/make_generation_golden.py).
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "genre/base/file.h"
#include "genre/lm/candidate_scorer.h"
#include "genre/lm/catalogue.h"
#include "genre/lm/generator.h"
#include "genre/lm/json_constraint.h"
#include "genre/lm/prompt.h"
#include "genre/lm/schema_validator_test.h"

namespace genre {
namespace {

using Json = nlohmann::ordered_json;

class GenerationGolden : public testing::Test {
 protected:
  static const Json& golden() {
    static const auto file = Json::parse(read_file(GENRE_SOURCE_DIR "/tests/golden/generation_smollm2.json"));
    return file;
  }
  static const Decoder& decoder(DecoderPrecision precision) {
    static const Decoder fp32(resolve_model("SmolLM2-135M-Instruct"), DecoderPrecision::kFp32);
    static const Decoder native(resolve_model("SmolLM2-135M-Instruct"), DecoderPrecision::kNative);
    return precision == DecoderPrecision::kFp32 ? fp32 : native;
  }
  // The largest difference of a log-probability per token.
  static double worst_difference(const Decoder& model) {
    double worst = 0;
    for (const auto& record : golden().at("scores")) {
      const auto prompt = model.tokenizer().encode_plain(record.at("prompt").get<std::string>());
      std::vector<std::vector<std::int32_t>> candidates;
      for (const auto& text : record.at("candidates"))
        candidates.push_back(model.tokenizer().encode_plain(text.get<std::string>()));
      const auto scores = score_candidates(model, prompt, candidates);
      const auto expected = record.at("log_probabilities").get<std::vector<double>>();
      for (std::size_t c = 0; c < scores.size(); ++c)
        worst = std::max(worst, std::abs(scores[c] - expected[c]) / static_cast<double>(candidates[c].size()));
    }
    return worst;
  }
};

TEST_F(GenerationGolden, ScoresAreThoseOfTheReference) {
  EXPECT_LT(worst_difference(decoder(DecoderPrecision::kFp32)), 1e-3);
  const double native = worst_difference(decoder(DecoderPrecision::kNative));
  RecordProperty("native_worst_difference", std::to_string(native));
  EXPECT_LT(native, 0.5);
}

TEST_F(GenerationGolden, ChatsAreThoseOfTheModelsTemplate) {
  const Tokenizer& tokenizer = decoder(DecoderPrecision::kNative).tokenizer();
  const ChatTemplate form = read_chat_template(resolve_model("SmolLM2-135M-Instruct"));
  EXPECT_FALSE(form.default_system().empty());
  for (const auto& chat : golden().at("chats"))
    EXPECT_EQ(chat_prompt(tokenizer, form, chat.at("system").get<std::string>(), chat.at("user").get<std::string>()),
              chat.at("ids").get<std::vector<std::int32_t>>());
}

TEST_F(GenerationGolden, RealTokensSatisfyASchemaAtAnyLength) {
  const Decoder& model = decoder(DecoderPrecision::kNative);
  const auto vocabulary = std::make_shared<VocabularyTree>(model.tokenizer());
  const Json schema = Json::parse(R"({"type": "object", "required": ["title", "year", "genres"], "properties": {
    "title": {"type": "string"}, "year": {"type": "integer", "minimum": 1900, "maximum": 2030},
    "genres": {"type": "array", "minItems": 1, "items": {"enum": ["action", "drama", "comédie"]}}}})");
  const auto constraint = std::make_shared<JsonConstraint>(vocabulary, schema.dump(), "f");
  const int least = constraint->closing_length(TokenConstraint::kStart);
  const ChatTemplate form = read_chat_template(resolve_model("SmolLM2-135M-Instruct"));
  Generator generator(model);
  std::vector<Generator::Ticket> tickets;
  for (int i = 0; i < 16; ++i) {
    GenerationRequest request;
    request.prompt = chat_prompt(model.tokenizer(), form, "", "Describe the film Heat as JSON.");
    request.constraint = constraint;
    request.max_tokens = least + i;
    request.sampling = {.temperature = 1.5F, .seed = static_cast<std::uint64_t>(i)};
    tickets.push_back(generator.submit(std::move(request)));
  }
  for (auto& ticket : tickets) {
    const Generation generation = ticket.result.get();
    const Json value = Json::parse(generation.text, nullptr, /*allow_exceptions=*/false);
    EXPECT_TRUE(!value.is_discarded() && satisfies(value, schema, schema)) << generation.text;
  }
}

}  // namespace
}  // namespace genre
