// Decoders as graphs: loss and gradients against transformers (tests/golden/make_decoder_training_golden.py), and what
// is trained against the runtime that serves it.
#include "genre/torch/decoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>

#include "genre/base/error.h"
#include "genre/lm/candidate_scorer.h"
#include "genre/lm/decoder.h"
#include "genre/lm/prompt.h"
#include "genre/lm/small_decoder_test.h"
#include "genre/lm/testing.h"
#include "genre/optim/adam.h"
#include "genre/optim/sgd.h"
#include "genre/torch/causal_language.h"
#include "genre/torch/second_device_test.h"
#include "genre/torch/trainer.h"

namespace genre::trainer {
namespace {

TEST(DecoderGraph, GivesTheLossAndGradientsOfTheReference) {
  const auto golden = nlohmann::json::parse(read_file(GENRE_SOURCE_DIR "/tests/golden/decoder_training.json"));
  std::size_t models = 0;
  for (const TinyDecoder& tiny : TinyDecoder::all()) {
    SCOPED_TRACE(tiny.name);
    const TestFolder folder("decoder");
    tiny.write(folder.path());
    Parameters parameters;
    const Decoder decoder(folder.path(), parameters);
    parameters.require_gradients();
    const std::span<const std::int32_t> whole(tiny.ids);
    const std::vector<std::span<const std::int32_t>> sequences = {whole, whole.first(golden.at("short"))};
    std::vector<std::int64_t> places, words;
    std::int64_t begin = 0;
    for (const auto& one : sequences) {
      for (std::size_t t = 1; t < one.size(); ++t) {
        places.push_back(begin + static_cast<std::int64_t>(t) - 1);
        words.push_back(one[t]);
      }
      begin += static_cast<std::int64_t>(one.size());
    }
    const torch::Tensor states = decoder.states(pack(sequences));
    const torch::Tensor logits = decoder.logits(states.index_select(0, torch::tensor(places, torch::kInt64)));
    const torch::Tensor loss = torch::cross_entropy_loss(logits, torch::tensor(words, torch::kInt64));
    loss.backward();
    const auto& wanted = golden.at("models").at(tiny.name);
    EXPECT_NEAR(loss.item<double>(), wanted.at("loss").get<double>(), 1e-5);
    EXPECT_EQ(parameters.all().size(), wanted.at("gradients").size());
    for (const Parameter& one : parameters.all()) {
      ASSERT_TRUE(wanted.at("gradients").contains(one.name)) << one.name;
      const auto& of_name = wanted.at("gradients").at(one.name);
      const torch::Tensor gradient = one.value.grad();
      const torch::Tensor probe = torch::tensor(golden_weights("probe " + one.name, one.value.sizes().vec()));
      EXPECT_NEAR(gradient.norm().item<double>(), of_name[0].get<double>(), 1e-4) << one.name;
      EXPECT_NEAR((gradient * probe.view_as(gradient)).sum().item<double>(), of_name[1].get<double>(), 1e-4)
          << one.name;
    }
    ++models;
  }
  EXPECT_EQ(models, golden.at("models").size());
}

TEST(DecoderGraph, GivesTheGradientsOfTheProcessorOnAnotherDevice) {
  for (const TinyDecoder& tiny : TinyDecoder::all()) {
    SCOPED_TRACE(tiny.name);
    const TestFolder folder("decoder");
    tiny.write(folder.path());
    const auto gradients = [&](torch::Device device) {
      Parameters parameters;
      const Decoder decoder(folder.path(), parameters);
      parameters.require_gradients();
      parameters.set_device(device);
      const std::span<const std::int32_t> whole(tiny.ids);
      const std::vector<std::span<const std::int32_t>> sequences = {whole, whole.first(3)};
      const torch::Tensor logits = decoder.logits(decoder.states(on_device(pack(sequences), device)));
      EXPECT_EQ(logits.device(), device);
      torch::log_softmax(logits, 1).select(1, 2).sum().backward();
      std::vector<torch::Tensor> out;
      for (const Parameter& one : parameters.all()) out.push_back(one.value.grad());
      return out;
    };
    const auto here = gradients(torch::kCPU), there = gradients(kSecondDevice);
    ASSERT_EQ(there.size(), here.size());
    for (std::size_t i = 0; i < here.size(); ++i) EXPECT_TRUE(there[i].allclose(here[i], 1e-5, 1e-5)) << i;
  }
}

class CausalLanguageTest : public SmallDecoder {
 protected:
  void SetUp() override {
    SmallDecoder::SetUp();
    config_.base_folder = folder_;
    config_.lm.model = folder_.string();
    ExampleSourceOptions source;
    source.path = "examples.csv";
    source.part = "train";
    config_.finetune.examples.push_back(source);
    optimizer_.learning_rate = 3e-3;
  }
  void write(const std::string& task, const std::string& lines) {
    write_file_atomic(folder_ / "examples.csv", lines);
    config_.finetune.task = task;
  }
  std::unique_ptr<TextTask> train(int epochs) {
    auto task = make_text_task(config_);
    before_ = task->measure(Part::kTrain);
    Trainer(*task, optimizer_,
            {.epochs = epochs, .batch = 4, .metric = "perplexity", .folder = folder_ / "checkpoints"})
        .run();
    after_ = task->measure(Part::kTrain);
    task->save(folder_ / "model", folder_ / "adapter");
    return task;
  }
  // ln p(answer and the end | prompt), by the runtime.
  static double served(const genre::Decoder& decoder, const std::string& prompt, const std::string& answer) {
    const auto prompt_ids = text_prompt(decoder.tokenizer(), decoder.config().begin_token, prompt);
    std::vector<std::int32_t> ids = decoder.tokenizer().encode_plain(answer);
    ids.push_back(decoder.config().end_tokens.front());
    return score_candidates(decoder, prompt_ids, std::vector<std::vector<std::int32_t>>{ids})[0];
  }

  FinetuneConfig config_;
  AdamWOptions optimizer_;
  std::map<std::string, double> before_, after_;
};

std::string tastes() {
  std::string lines = "text,other\n";
  for (int i = 0; i < 6; ++i) {
    lines += "user " + std::to_string(i) + " likes robots?,yes\n";
    lines += "user " + std::to_string(i) + " likes rain?,no\n";
  }
  return lines;
}

TEST_F(CausalLanguageTest, LearnsAnswersThatTheRuntimeGives) {
  write("instruct", tastes());
  const auto task = train(60);
  EXPECT_LT(after_.at("perplexity"), 1.5);
  EXPECT_EQ(after_.at("accuracy"), 1);
  EXPECT_EQ(after_.at("auc"), 1);
  const genre::Decoder decoder(folder_ / "model", DecoderPrecision::kFp32);
  double sum = 0, tokens = 0;
  for (int i = 0; i < 6; ++i) {
    const std::string user = "user " + std::to_string(i) + " likes ";
    sum -= served(decoder, user + "robots?", "yes") + served(decoder, user + "rain?", "no");
    tokens += 4 + 3;
  }
  EXPECT_NEAR(after_.at("loss"), sum / tokens, 1e-4);
}

TEST_F(CausalLanguageTest, AnotherDeviceGivesTheWeightsOfTheProcessor) {
  SgdOptions optimizer;
  optimizer.learning_rate = 0.05;
  for (const auto& [task, tune] : {std::pair{"instruct", "full"},
                                   {"instruct", "lora"},
                                   {"instruct", "prefix"},
                                   {"instruct", "prompt"},
                                   {"causal_lm", "full"}}) {
    SCOPED_TRACE(std::string(task) + ", " + tune);
    write(task, task == std::string("instruct") ? tastes() : "text\nthe rain\nlove and war\nthe movie of a robot\n");
    config_.finetune.tune = tune;
    const auto weights = [&](torch::Device device) {
      const auto learner = make_text_task(config_);
      learner->set_device(device);
      Trainer(*learner, optimizer, {.epochs = 2, .batch = 4, .metric = "perplexity", .folder = folder_ / "checkpoints"})
          .run();
      std::map<std::string, std::vector<float>> out;
      for (const Parameter& one : learner->parameters().all()) {
        const auto values = numbers_of(one.value);
        out[one.name].assign(values.begin(), values.end());
      }
      return out;
    };
    const auto here = weights(torch::kCPU), there = weights(kSecondDevice);
    for (const auto& [name, values] : here)
      EXPECT_THAT(there.at(name), testing::Pointwise(testing::FloatNear(1e-5F), values)) << name;
  }
}

TEST_F(CausalLanguageTest, AnAdapterServesBesideTheBaseAsItServesMerged) {
  write("instruct", tastes());
  config_.finetune.tune = "lora";
  config_.finetune.lora.targets = {"query", "value", "inner", "gate", "outer"};
  optimizer_.learning_rate = 1e-2;
  train(60);
  EXPECT_LT(after_.at("loss"), 0.5 * before_.at("loss"));
  const genre::Decoder merged(folder_ / "model", DecoderPrecision::kFp32);
  const genre::Decoder beside = genre::Decoder(folder_, DecoderPrecision::kFp32).with_adapter(folder_ / "adapter");
  for (const char* answer : {"yes", "no"})
    EXPECT_NEAR(served(beside, "user 1 likes robots?", answer), served(merged, "user 1 likes robots?", answer), 1e-4);
}

TEST_F(CausalLanguageTest, WhatDoesNotFoldIsServedFromTheModelAndBesideItsBase) {
  write("instruct", tastes());
  optimizer_.learning_rate = 1e-2;
  config_.finetune.virtual_tokens.count = 6;
  const genre::Decoder base(folder_, DecoderPrecision::kFp32);
  for (const char* tune : {"adalora", "adapter", "prompt", "prefix"}) {
    SCOPED_TRACE(tune);
    config_.finetune.tune = tune;
    config_.finetune.adapter.kind = "houlsby";
    train(60);
    EXPECT_LT(after_.at("loss"), 0.7 * before_.at("loss"));
    const genre::Decoder whole(folder_ / "model", DecoderPrecision::kFp32),
        beside = base.with_adapter(folder_ / "adapter");
    double sum = 0, tokens = 0;
    for (int i = 0; i < 6; ++i) {
      const std::string user = "user " + std::to_string(i) + " likes ";
      for (const auto& [liked, answer] : {std::pair{"robots?", "yes"}, {"rain?", "no"}}) {
        const double one = served(whole, user + liked, answer);
        EXPECT_NEAR(served(beside, user + liked, answer), one, 1e-4);
        sum -= one;
        tokens += static_cast<double>(std::string(answer).size()) + 1;
      }
    }
    EXPECT_NEAR(after_.at("loss"), sum / tokens, 1e-4);
  }
}

TEST_F(CausalLanguageTest, LearnsTheWordsOfTexts) {
  write("causal_lm", "text\nthe robots like rain\nthe rain likes robots\n");
  train(40);
  EXPECT_LT(after_.at("perplexity"), 0.2 * before_.at("perplexity"));
  EXPECT_NEAR(std::log(after_.at("perplexity")), after_.at("loss"), 1e-9);
  EXPECT_FALSE(after_.contains("accuracy"));
}

TEST_F(CausalLanguageTest, AccumulatedBatchesOfAnyLengthsAreOneLargeBatch) {
  write("causal_lm", "text\nthe robots like rain\nrain\nlove and war and what became of them\nthe\n");
  const auto run = [&](int batch, int accumulation) {
    const auto task = make_text_task(config_);
    SgdOptions optimizer;
    optimizer.learning_rate = 0.05;
    optimizer.accumulation = accumulation;
    Trainer(*task, optimizer, {.epochs = 4, .batch = batch, .metric = "loss", .folder = folder_ / "checkpoints"}).run();
    std::vector<torch::Tensor> out;
    for (const Parameter& one : task->parameters().all()) out.push_back(one.value.detach());
    return out;
  };
  const auto large = run(4, 1), parts = run(1, 4);
  for (std::size_t i = 0; i < large.size(); ++i) EXPECT_LT((large[i] - parts[i]).abs().max().item<double>(), 1e-5) << i;
}

TEST_F(CausalLanguageTest, OfALongPromptTheEndStays) {
  write("instruct",
        "text,other\n" + std::string(500, 'x') + "likes robots?,yes\n" + std::string(500, 'y') + "likes rain?,no\n");
  config_.finetune.maximum_tokens = 24;
  const auto task = train(60);
  EXPECT_EQ(task->summary().mean_tokens, 24);
  EXPECT_EQ(after_.at("accuracy"), 1);
}

TEST_F(CausalLanguageTest, RefusesWhatItCannotTrain) {
  write("causal_lm", "text\nthe\n");
  config_.finetune.tune = "head";
  EXPECT_THROW(make_text_task(config_), Error);
  config_.finetune.tune = "full";
  config_.lm.model = (folder_ / "nowhere.gguf").string();
  EXPECT_THROW(make_text_task(config_), Error);
}

}  // namespace
}  // namespace genre::trainer
