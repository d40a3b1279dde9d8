#include "genre/torch/hard_negatives.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <algorithm>
#include <cmath>

#include "genre/lm/text_encoder.h"
#include "genre/optim/adam.h"
#include "genre/torch/contrastive.h"
#include "genre/torch/tiny_classification_test.h"
#include "genre/torch/trainer.h"

namespace genre::trainer {
namespace {

constexpr std::int64_t kTexts = 300, kCandidates = 50, kWidth = 6;

torch::Tensor unit_rows(std::int64_t rows) {
  const torch::Tensor x = torch::randn({rows, kWidth});
  return x / x.norm(2, 1, /*keepdim=*/true);
}

double cosine(const torch::Tensor& a, std::int64_t i, const torch::Tensor& b, std::int64_t j) {
  return (a[i] * b[j]).sum().item<double>();
}

TEST(HardNegatives, AreTheNearestThatMayBe) {
  torch::manual_seed(7);
  const torch::Tensor texts = unit_rows(kTexts), own = unit_rows(kTexts), candidates = unit_rows(kCandidates);
  const auto belongs = [](std::int64_t text, std::int64_t candidate) { return (text + candidate) % 3 == 0; };
  constexpr double kMargin = 0.1;
  constexpr int kCount = 4;
  const auto found = hard_negatives(texts, own, candidates, belongs, kCount, kMargin);
  ASSERT_EQ(found.size(), static_cast<std::size_t>(kTexts));
  int full = 0, none = 0;
  for (std::int64_t i = 0; i < kTexts; ++i) {
    std::vector<std::int64_t> may;
    for (std::int64_t j = 0; j < kCandidates; ++j)
      if (!belongs(i, j) && cosine(texts, i, candidates, j) <= cosine(texts, i, own, i) - kMargin) may.push_back(j);
    std::ranges::stable_sort(may, [&](std::int64_t a, std::int64_t b) {
      return cosine(texts, i, candidates, a) > cosine(texts, i, candidates, b);
    });
    if (may.size() > kCount) may.resize(kCount);
    EXPECT_EQ(found[i], may) << i;
    full += may.size() == kCount ? 1 : 0;
    none += may.empty() ? 1 : 0;
  }
  EXPECT_GT(full, 0);
  EXPECT_GT(none, 0);
}

class HardNegativePairs : public testing::Test {
 protected:
  static constexpr std::size_t kPairs = 8;
  void SetUp() override {
    config_ = tiny_classification(GoldenModels().json().at("architectures").at("bert-tanh-gelu"), {}, folder_.path());
    config_.finetune.task = "contrastive";
    config_.finetune.examples[0].part = "train";
    std::string lines = "text,other\n";
    for (std::size_t i = 0; i < kPairs; ++i) lines += texts_[i] + "," + others_[i] + "\n";
    write_file_atomic(folder_.path() / "examples.csv", lines);
  }
  TestFolder folder_{"hard-negatives"};
  FinetuneConfig config_;
  // The others of the first two are one: each belongs to the other's text as well.
  std::vector<std::string> texts_ = {"red lipstick", "a robot movie", "blue shampoo", "query passage",
                                     "the of and",   "night night",   "love",         "war"},
                           others_ = {"night cream", "night cream", "love drama", "red red",
                                      "a a",         "movie movie", "blue robot", "the drama"};
};

TEST_F(HardNegativePairs, JoinTheSoftmaxOfTheirBatch) {
  config_.finetune.contrastive.hard_negatives = 2;
  config_.finetune.contrastive.hard_margin = -2;  // however near
  Contrastive task(config_);
  const Examples examples = read_examples(
      config_, {.other = ExampleColumns::Need::kRequired, .label = ExampleColumns::Need::kOptional, .stratify = false});
  texts_ = examples.texts;
  others_ = examples.others;
  ASSERT_EQ(texts_.size(), kPairs);
  const TextEncoder served(config_.lm.model, LmOptions{});
  const Matrix a = served.encode(texts_), b = served.encode(others_);
  const auto cosine = [&](std::int64_t i, std::int64_t j) {
    double ab = 0, aa = 0, bb = 0;
    for (std::int64_t d = 0; d < a.cols(); ++d) {
      const double x = a.row(i)[d], y = b.row(j)[d];
      ab += x * y;
      aa += x * x;
      bb += y * y;
    }
    return ab / std::sqrt(aa * bb);
  };
  const auto score = [&](std::int64_t i, std::int64_t j) {
    if (others_[i] == others_[j] && i != j) return 0.0;
    return std::exp(cosine(i, j) / config_.finetune.contrastive.temperature);
  };
  const auto first_with = [&](const std::string& other) { return std::ranges::find(others_, other) - others_.begin(); };
  int more = 0;
  for (std::int64_t begin = 0; begin + 3 <= static_cast<std::int64_t>(kPairs); ++begin) {
    const std::vector<std::int64_t> batch = {begin, begin + 1, begin + 2};
    std::set<std::int64_t> columns(batch.begin(), batch.end());
    std::set<std::string> there;
    for (const std::int64_t i : batch) there.insert(others_[i]);
    for (const std::int64_t i : batch) {
      std::vector<std::int64_t> near;
      for (std::int64_t j = 0; j < static_cast<std::int64_t>(kPairs); ++j)
        if (others_[j] != others_[i] && first_with(others_[j]) == j) near.push_back(j);
      std::ranges::sort(near, [&](std::int64_t p, std::int64_t q) { return cosine(i, p) > cosine(i, q); });
      near.resize(2);
      for (const std::int64_t j : near)
        if (!there.contains(others_[j])) columns.insert(j);
    }
    more += columns.size() > batch.size() ? 1 : 0;
    double wanted = 0;
    for (const std::int64_t i : batch) {
      double row = 0, column = 0;
      for (const std::int64_t j : columns) row += score(i, j);
      for (const std::int64_t j : batch) column += score(j, i);
      wanted -= (std::log(score(i, i) / row) + std::log(score(i, i) / column)) / 6;
    }
    task.begin_step(std::vector<std::vector<std::int64_t>>{batch});
    EXPECT_NEAR(task.loss(batch).item<double>(), wanted, 1e-4) << begin;
  }
  EXPECT_GT(more, 3);
  config_.finetune.contrastive.hard_negatives = 0;
  Contrastive plain(config_);
  for (std::size_t i = 0; i < kPairs; ++i) EXPECT_GT(task.lengths()[i], plain.lengths()[i]);
}

TEST_F(HardNegativePairs, AreFoundAgainByATrainingThatGoesOn) {
  struct Death {};
  config_.finetune.contrastive.hard_negatives = 2;
  for (const int frozen : {0, 1}) {
    SCOPED_TRACE(frozen);
    config_.finetune.frozen_layers = frozen;
    AdamWOptions optimizer;
    optimizer.learning_rate = 1e-2;
    TrainerOptions options{
        .epochs = 4, .batch = 4, .metric = "mrr", .checkpoint_steps = 3, .folder = folder_.path() / "whole"};
    const auto weights = [](Contrastive& task) {
      std::vector<std::vector<float>> out;
      for (const Parameter& one : task.parameters().all()) {
        const auto values = numbers_of(one.value);
        out.emplace_back(values.begin(), values.end());
      }
      return out;
    };
    Contrastive whole(config_), first(config_), second(config_);
    Trainer(whole, optimizer, options).run();
    options.folder = folder_.path() / "cut";
    const Hooks hooks{.step = {}, .measured = {}, .saved = [](std::int64_t) { throw Death(); }};
    EXPECT_THROW(Trainer(first, optimizer, options, hooks).run(), Death);
    Trainer trainer(second, optimizer, options);
    EXPECT_EQ(trainer.resume(), 3);
    trainer.run();
    EXPECT_EQ(weights(second), weights(whole));
  }
}

TEST_F(HardNegativePairs, AreMissedWhereNoneMayBe) {
  config_.finetune.contrastive.hard_negatives = 1;
  config_.finetune.contrastive.hard_margin = 2;
  EXPECT_THROW(Contrastive{config_}, Error);
}

TEST(HardNegatives, OfEqualOnesTheFirstAreTaken) {
  const torch::Tensor text = torch::tensor({{1.0f, 0.0f}}),
                      candidates = torch::tensor({{0.0f, 1.0f}, {0.0f, 1.0f}, {0.0f, 1.0f}});
  const auto nobody = [](std::int64_t, std::int64_t) { return false; };
  EXPECT_EQ(hard_negatives(text, text, candidates, nobody, 2, 0.0).front(), (std::vector<std::int64_t>{0, 1}));
}

}  // namespace
}  // namespace genre::trainer
