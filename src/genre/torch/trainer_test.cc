#include "genre/torch/trainer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <fstream>

#include "genre/base/error.h"
#include "genre/base/file.h"
#include "genre/optim/adam.h"
#include "genre/optim/sgd.h"
#include "genre/torch/classification.h"
#include "genre/torch/tiny_classification_test.h"

namespace genre::trainer {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class TrainerTest : public testing::Test {
 protected:
  void SetUp() override {
    config_ = tiny_classification(GoldenModels().json().at("architectures").at("bert-tanh-gelu"), two_subjects(24),
                                  folder_.path(), 0.1);
    options_ = {.epochs = 2, .batch = 8, .checkpoint_minutes = 1e9, .digest = "tiny", .folder = folder_.path() / "a"};
    optimizer_.learning_rate = 1e-3;
  }
  std::unique_ptr<Classification> learner() const { return std::make_unique<Classification>(config_); }
  static std::map<std::string, std::vector<float>> weights(Classification& learner) {
    std::map<std::string, std::vector<float>> out;
    for (const Parameter& one : learner.parameters().all()) {
      const auto values = numbers_of(one.value);
      out[one.name].assign(values.begin(), values.end());
    }
    return out;
  }
  // A training that dies right after the checkpoint of step `dies`, then goes on; and one that lives.
  void expect_equal_after_death(const OptimizerOptions& optimizer, std::int64_t dies) {
    struct Death {};
    const auto whole = learner();
    Trainer(*whole, optimizer, options_).run();
    TrainerOptions options = options_;
    options.folder = folder_.path() / "b";
    options.checkpoint_minutes = 0;
    Hooks hooks{.step = {}, .measured = {}, .saved = [&](std::int64_t step) {
                  if (step == dies) throw Death();
                }};
    const auto first = learner();
    EXPECT_THROW(Trainer(*first, optimizer, options, hooks).run(), Death);
    const auto second = learner();
    Trainer trainer(*second, optimizer, options);
    EXPECT_EQ(trainer.resume(), dies);
    trainer.run();
    EXPECT_EQ(weights(*second), weights(*whole)) << optimizer.name() << " died at step " << dies;
  }

  TestFolder folder_{"trainer"};
  FinetuneConfig config_;
  TrainerOptions options_;
  AdamWOptions optimizer_;
};

TEST_F(TrainerTest, GoesOnAfterDeathToTheSameBits) {
  for (const std::int64_t step : {1, 4, 5, 7}) expect_equal_after_death(optimizer_, step);
  for (const auto& one : optimizer_alternatives()) {
    const auto optimizer = std::static_pointer_cast<OptimizerOptions>(one.make());
    optimizer->schedule.schedule = "plateau";
    expect_equal_after_death(*optimizer, 6);
  }
}

TEST_F(TrainerTest, GoesOnAfterDeathWithAdaptersAveragesAndAccumulation) {
  config_.finetune.tune = "lora";
  config_.finetune.lora.dropout = 0.1;
  optimizer_.ema = 0.9;
  optimizer_.accumulation = 2;
  expect_equal_after_death(optimizer_, 2);
}

TEST_F(TrainerTest, GoesOnAfterDeathWithRanksThatAreSharedOut) {
  config_.finetune.tune = "adalora";
  config_.finetune.lora.rank = 2;
  config_.finetune.adalora = {.initial_rank = 4, .interval = 2};
  for (const std::int64_t step : {1, 4, 8}) expect_equal_after_death(optimizer_, step);
}

TEST_F(TrainerTest, GoesOnAfterDeathWithWeightsThatBecomeZero) {
  config_.finetune.compression = {.quantise = "int8", .sparse = "block", .interval = 2};
  for (const std::int64_t step : {1, 4, 9}) expect_equal_after_death(optimizer_, step);
}

TEST_F(TrainerTest, GoesOnAfterDeathBehindFrozenLayers) {
  config_.finetune.frozen_layers = 1;
  for (const std::int64_t step : {2, 6}) expect_equal_after_death(optimizer_, step);
}

TEST_F(TrainerTest, SavesAfterEveryFewStepsWhereAsked) {
  std::vector<std::int64_t> saved;
  const Hooks hooks{.step = {}, .measured = {}, .saved = [&](std::int64_t step) { saved.push_back(step); }};
  options_.checkpoint_steps = 4;
  const auto one = learner();
  Trainer trainer(*one, optimizer_, options_, hooks);
  trainer.run();
  std::vector<std::int64_t> wanted;
  for (std::int64_t step = 4; step < trainer.steps(); step += 4) wanted.push_back(step);
  wanted.push_back(trainer.steps());
  ASSERT_GT(wanted.size(), 2u);
  EXPECT_EQ(saved, wanted);
}

TEST_F(TrainerTest, GroupsLearnByTheirOwnRateAndDecay) {
  options_.epochs = 1;
  options_.batch = 48;  // one step
  SgdOptions optimizer;
  optimizer.learning_rate = 1e-2;
  optimizer.clip = 0;
  optimizer.weight_decay = 0.1;
  const auto before = weights(*learner());
  const auto run = [&] {
    const auto one = learner();
    Trainer trainer(*one, optimizer, options_);
    EXPECT_EQ(trainer.steps(), 1);
    trainer.run();
    return weights(*one);
  };
  const auto plain = run();
  optimizer.groups = {{.parameters = {"classifier.*"}, .learning_rate = 1e-1, .weight_decay = {}},
                      {.parameters = {"*.query.*"}, .learning_rate = {}, .weight_decay = 0.0}};
  const auto grouped = run();
  int heads = 0, queries = 0;
  for (const auto& [name, values] : before) {
    const bool head = name.starts_with("classifier."), query = name.ends_with(".query.weight");
    heads += head ? 1 : 0;
    queries += query ? 1 : 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      const float moved = plain.at(name)[i] - values[i];
      const float wanted = values[i] + (head ? 10 * moved : query ? moved + 1e-3F * values[i] : moved);
      ASSERT_NEAR(grouped.at(name)[i], wanted, 1e-5F) << name;
    }
    if (!head && !query) {
      EXPECT_EQ(grouped.at(name), plain.at(name)) << name;
    }
  }
  EXPECT_GT(heads, 0);
  EXPECT_GT(queries, 0);
  optimizer.groups[0].parameters = {"no.such.*"};
  const auto one = learner();
  EXPECT_THROW(Trainer(*one, optimizer, options_), Error);
}

TEST_F(TrainerTest, TheSameSeedGivesTheSameWeightsAndAnotherOneOthers) {
  const auto run = [&](std::uint64_t seed) {
    const auto one = learner();
    TrainerOptions options = options_;
    options.seed = seed;
    Trainer(*one, optimizer_, options).run();
    return weights(*one);
  };
  EXPECT_EQ(run(7), run(7));
  EXPECT_NE(run(7), run(8));
}

TEST_F(TrainerTest, AccumulatedBatchesAreOneLargeBatch) {
  config_ = tiny_classification(
      GoldenModels().json().at("architectures").at("bert-tanh-gelu"),
      {"red lipstick,care", "blue robot,film", "night cream,care", "war,film", "love,care", "a movie,film"},
      folder_.path());
  config_.finetune.examples[0].part = "train";
  const auto run = [&](int batch, int accumulation) {
    const auto one = learner();
    TrainerOptions options = options_;
    options.batch = batch;
    options.epochs = 5;
    SgdOptions optimizer;
    optimizer.accumulation = accumulation;
    Trainer(*one, optimizer, options).run();
    return weights(*one);
  };
  const auto large = run(6, 1), parts = run(2, 3);
  for (const auto& [name, values] : large)
    for (std::size_t i = 0; i < values.size(); ++i) ASSERT_NEAR(parts.at(name)[i], values[i], 1e-6) << name;
}

TEST_F(TrainerTest, AScaledLossGivesTheWeightsOfAnUnscaledOne) {
  SgdOptions optimizer;  // Adam makes whole steps of gradients that are zero but for rounding
  const auto run = [&](double factor) {
    const auto one = learner();
    optimizer.scale.loss_scale = factor;
    Trainer(*one, optimizer, options_).run();
    return weights(*one);
  };
  const auto plain = run(1), scaled = run(65536), odd = run(1000);
  EXPECT_EQ(scaled, plain);  // a power of two moves no digit
  for (const auto& [name, values] : plain)
    for (std::size_t i = 0; i < values.size(); ++i) ASSERT_NEAR(odd.at(name)[i], values[i], 1e-5) << name;
}

TEST_F(TrainerTest, StepsWhoseScaledGradientsOverflowAreLeftOutUntilTheyDoNot) {
  optimizer_.scale = {.loss_scale = 1e40, .loss_scale_interval = 1000};  // beyond what a float holds
  options_.epochs = 6;
  const auto one = learner();
  const auto before = weights(*one);
  std::vector<double> factors;
  std::int64_t left_out = 0;
  Hooks hooks;
  hooks.step = [&](const Progress& now) {
    if (!factors.empty() && !std::isfinite(now.gradient_norm)) {
      EXPECT_EQ(now.loss_scale, factors.back() / 2);
    }
    factors.push_back(now.loss_scale);
    EXPECT_TRUE(std::isfinite(now.loss));
    if (std::isfinite(now.gradient_norm)) return;
    EXPECT_EQ(++left_out, now.step);  // once it fits it stays
    EXPECT_EQ(weights(*one), before);
  };
  Trainer(*one, optimizer_, options_, hooks).run();
  EXPECT_GT(left_out, 4);
  EXPECT_LT(left_out, 15);
  EXPECT_NE(weights(*one), before);
  options_.epochs = 4;
  expect_equal_after_death(optimizer_, 3);
  expect_equal_after_death(optimizer_, 16);
}

TEST_F(TrainerTest, WhatIsFrozenStaysToTheBit) {
  const auto changed = [&](const std::string& tune, int frozen) {
    config_.finetune.tune = tune;
    config_.finetune.frozen_layers = frozen;
    const auto one = learner();
    const auto before = weights(*one);
    Trainer(*one, optimizer_, options_).run();
    std::set<std::string> out;
    for (const auto& [name, values] : weights(*one))
      if (values != before.at(name)) out.insert(name);
    return out;
  };
  for (const auto& name : changed("full", 1))
    EXPECT_THAT(name, testing::Not(testing::AnyOf(HasSubstr("embeddings"), HasSubstr("layer.0"))));
  for (const auto& name : changed("bitfit", 0))
    EXPECT_TRUE(name.ends_with(".bias") || name.starts_with("classifier") || name.starts_with("bert.pooler")) << name;
  for (const auto& name : changed("head", 0))
    EXPECT_TRUE(name.starts_with("classifier") || name.starts_with("bert.pooler")) << name;
  const auto of_lora = changed("lora", 1);
  EXPECT_TRUE(of_lora.contains("bert.encoder.layer.1.attention.self.query.lora_B.weight"));
  for (const auto& name : of_lora)
    EXPECT_TRUE(name.find("lora_") != std::string::npos || name.starts_with("classifier") ||
                name.starts_with("bert.pooler"))
        << name;
  EXPECT_TRUE(changed("full", 0).contains("bert.embeddings.word_embeddings.weight"));
}

TEST_F(TrainerTest, StopsEarlyAndKeepsTheBestWeights) {
  options_.epochs = 50;
  options_.patience = 2;
  optimizer_.learning_rate = 1e-12;  // nothing gets better
  const auto one = learner();
  std::vector<double> measured;
  const Outcome outcome =
      Trainer(*one, optimizer_, options_,
              {.step = {},
               .measured = [&](std::int64_t, const auto& values) { measured.push_back(values.at("accuracy")); },
               .saved = {}})
          .run();
  EXPECT_TRUE(outcome.stopped_early);
  EXPECT_EQ(measured.size(), 3u);
  EXPECT_EQ(outcome.best_value, measured[0]);
  EXPECT_EQ(one->measure(Part::kValid).at("accuracy"), outcome.best_value);
}

TEST_F(TrainerTest, ALossThatIsNotFiniteNamesTheStepAndLeavesTheCheckpoint) {
  options_.checkpoint_minutes = 0;
  optimizer_.learning_rate = 1e30;
  optimizer_.schedule.warmup = 0;
  const auto one = learner();
  try {
    Trainer(*one, optimizer_, options_).run();
    FAIL() << "trained";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kRuntime);
    EXPECT_THAT(error.what(), HasSubstr("of step 2 (epoch 1"));
    EXPECT_THAT(error.hint(), HasSubstr("learning_rate"));
  }
  const auto two = learner();
  EXPECT_EQ(Trainer(*two, optimizer_, options_).resume(), 1);
}

TEST_F(TrainerTest, RefusesCheckpointsThatDoNotFit) {
  const auto one = learner();
  Trainer(*one, optimizer_, options_).run();
  const auto fault = [&](TrainerOptions options) -> std::string {
    const auto two = learner();
    try {
      Trainer(*two, optimizer_, options).resume();
    } catch (const Error& error) {
      return error.what();
    }
    return "none";
  };
  TrainerOptions other = options_;
  other.digest = "another";
  EXPECT_THAT(fault(other), HasSubstr("belongs to another configuration"));
  other = options_;
  other.epochs = 9;
  EXPECT_THAT(fault(other), HasSubstr("steps"));
  const fs::path examples = folder_.path() / "examples.csv";
  const std::string lines = read_file(examples);
  write_file_atomic(examples, "text,label\nred " + lines.substr(lines.find("red lipstick")));
  EXPECT_THAT(fault(options_), HasSubstr("the examples are not those"));
  write_file_atomic(examples, lines);
  EXPECT_THAT(fault(options_), HasSubstr("none"));
  const fs::path last = options_.folder / "last.safetensors";
  fs::resize_file(last, fs::file_size(last) / 2);
  EXPECT_THAT(fault(options_), HasSubstr("last.safetensors"));
  fs::remove(last);
  EXPECT_THAT(fault(options_), HasSubstr("last.safetensors"));
}

}  // namespace
}  // namespace genre::trainer
