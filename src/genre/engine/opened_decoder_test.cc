// Decoders as recommenders ask them, on a random one of 258 tokens.
#include <gtest/gtest.h>

#include <cmath>

#include "genre/base/error_of_test.h"
#include "genre/engine/language_models.h"
#include "genre/lm/candidate_scorer.h"
#include "genre/lm/small_decoder_test.h"
#include "genre/rec/lm_rank.h"
#include "genre/rec/small_world_test.h"

namespace genre {
namespace {

namespace fs = std::filesystem;

class OpenedDecoderTest : public SmallDecoder {
 protected:
  std::shared_ptr<const WeighsAnswers> open(const std::string& adapter = "") const {
    return language_models()->decoder(folder_.string(), adapter);
  }
  std::string adapter_of(const std::string& model) const {
    for (const TinyDecoder& adapter : TinyDecoder::adapters())
      if (adapter.name == model) adapter.write_adapter(folder_ / "adapters" / model);
    return (folder_ / "adapters" / model).string();
  }
  LmRankOptions options(const std::string& adapter = "") const {
    LmRankOptions out;
    out.decoder = folder_.string();
    out.adapter = adapter;
    out.candidate_count = 6;
    out.events = 2;
    out.connect(language_models());
    return out;
  }
  static std::vector<float> scores(const Recommender& model, const SmallWorld& world) {
    return scores_of(model, {.history = world.interactions.row_indices(3)});
  }

  const std::vector<std::string> prompts_ = {"Is it good? A", "Is it good? The", "Is it"}, answers_ = {"yes", "no"};
};

TEST_F(OpenedDecoderTest, SaysWhatItsTokensSay) {
  const auto opened = open();
  const Matrix said = opened->log_probabilities(prompts_, answers_);
  const Decoder alone(folder_, DecoderPrecision::kNative);
  ASSERT_EQ(said.rows(), 3);
  for (std::int64_t p = 0; p < 3; ++p)
    for (std::int64_t a = 0; a < 2; ++a) {
      const std::vector<std::vector<std::int32_t>> answer = {alone.tokenizer().encode_plain(answers_[a])};
      const auto prompt = alone.tokenizer().encode_plain(prompts_[p]);
      EXPECT_EQ(said.row(p)[a], static_cast<float>(score_candidates(alone, std::span(prompt), answer)[0]));
      EXPECT_EQ(opened->tokens(answers_[a]), std::ssize(answer[0]));
    }
  EXPECT_GT(opened->bytes(), 0);
}

TEST_F(OpenedDecoderTest, AModelOfConversationsIsAskedInItsOwnForm) {
  std::string tokenizer = read_file(folder_ / "tokenizer.json");
  tokenizer.replace(tokenizer.find("\"the\""), 5, "\"<s>\"");  // the form begins with this token
  write_file_atomic(folder_ / "tokenizer.json", tokenizer);
  write_file_atomic(folder_ / "tokenizer_config.json", R"({"chat_template": "[INST] <<SYS>> {{ messages }} [/INST]"})");
  const Decoder alone(folder_, DecoderPrecision::kNative);
  std::vector<std::int32_t> prompt = alone.tokenizer().encode_plain("[INST] Is it? [/INST]");
  prompt.insert(prompt.begin(), ByteTokenizer::kThe);
  const std::vector<std::vector<std::int32_t>> yes = {alone.tokenizer().encode_plain("yes")};
  const std::vector<std::string> asked = {"Is it?"};
  EXPECT_EQ(open()->log_probabilities(asked, answers_).row(0)[0],
            static_cast<float>(score_candidates(alone, std::span<const std::int32_t>(prompt), yes)[0]));
}

TEST_F(OpenedDecoderTest, StandsBesideAnAdapterUnderAnotherId) {
  const std::string adapter = adapter_of("llama");
  const auto bare = open(), tuned = open(adapter);
  EXPECT_EQ(tuned, open(adapter));
  EXPECT_EQ(tuned->adapter(), adapter);
  EXPECT_EQ(bare->adapter(), "");
  EXPECT_NE(tuned->id(), bare->id());
  EXPECT_NE(tuned->log_probabilities(prompts_, answers_).row(0)[0],
            bare->log_probabilities(prompts_, answers_).row(0)[0]);
  EXPECT_EQ(open("llama")->adapter(), adapter);  // by its name among the model's own
}

TEST_F(OpenedDecoderTest, AnotherFileIsAnotherModel) {
  const std::string adapter = adapter_of("llama"), before = open()->id(), tuned = open(adapter)->id();
  const fs::path config = fs::path(adapter) / "adapter_config.json";
  write_file_atomic(config, read_file(config) + "\n");
  EXPECT_EQ(open()->id(), before);
  EXPECT_NE(open(adapter)->id(), tuned);
  write_file_atomic(folder_ / "tokenizer_config.json", "{}\n");
  EXPECT_NE(open()->id(), before);
}

TEST_F(OpenedDecoderTest, WhatCannotBeAskedIsRefused) {
  EXPECT_EQ(error_of([&] { open(adapter_of("gpt2")); }).code(), ErrorCode::kData);
  EXPECT_EQ(error_of([&] { open("no such adapter"); }).code(), ErrorCode::kNotFound);
  const std::vector<std::string> endless = {std::string(kPositions, 'a')};
  const Error error = error_of([&] { open()->log_probabilities(endless, answers_); });
  EXPECT_EQ(error.code(), ErrorCode::kResources);
  EXPECT_NE(error.hint(), "");
  fs::remove(folder_ / "tokenizer.json");
  EXPECT_EQ(error_of([&] { open(); }).code(), ErrorCode::kNotFound);
}

TEST_F(OpenedDecoderTest, AGgufFileIsOpenedByItsWholePath) {
  std::vector<std::string> tokens = {"<begin>", "ab"};
  for (char c = '!'; c <= '~'; ++c) tokens.emplace_back(1, c);
  TinyDecoder::named("llama").write_gguf(folder_ / "tiny.gguf", tokens);
  const fs::path file = folder_ / "tiny.gguf";
  const auto opened = language_models()->decoder(fs::relative(file).string(), "");
  EXPECT_EQ(opened->name(), file.string());
  EXPECT_LT(opened->log_probabilities(prompts_, answers_).row(0)[0], 0);
}

TEST_F(OpenedDecoderTest, PutsCandidatesInOrderAndIsFoundAgain) {
  const SmallWorld world = small_world(30, 24);
  const std::string adapter = adapter_of("llama");
  const auto model = options(adapter).build(), untuned = options().build();
  model->fit(world.data());
  untuned->fit(world.data());
  const auto tuned = scores(*model, world);
  EXPECT_NE(tuned, scores(*untuned, world));

  // The best of them, asked alone.
  const auto history = world.interactions.row_indices(3);
  const ToldHistory read = {.liked = {world.item_texts[history.back()], world.item_texts[history[history.size() - 2]]}};
  const auto best = std::ranges::max_element(tuned) - tuned.begin();
  const std::vector<std::string> prompt = {options().question().write(read, "", world.item_texts[best])};
  const Matrix said = open(adapter)->log_probabilities(prompt, answers_);
  EXPECT_EQ(tuned[best], said.row(0)[0] - said.row(0)[1]);

  SafetensorsWriter out;
  model->save(out, "");
  out.write(folder_ / "lm_rank.model");
  const auto loaded = options().build();
  loaded->load(SafetensorsFile(folder_ / "lm_rank.model"), "");
  EXPECT_EQ(scores(*loaded, world), tuned);
}

}  // namespace
}  // namespace genre
