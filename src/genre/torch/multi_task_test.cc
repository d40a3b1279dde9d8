// Several heads on one encoder: their loss, what uncertainty does to it, and what is served of them.
#include "genre/torch/multi_task.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>

#include "genre/finetune/served_values.h"
#include "genre/optim/adam.h"
#include "genre/torch/tiny_classification_test.h"
#include "genre/torch/trainer.h"

namespace genre::trainer {
namespace {

namespace fs = std::filesystem;

// A head `topic` with labels and a head `stars` with numbers, of the model bert.
FinetuneConfig two_heads(const fs::path& folder, const std::string& tune = "full") {
  const auto golden = nlohmann::json::parse(read_file(GENRE_SOURCE_DIR "/tests/golden/training_step.json"));
  FinetuneConfig config = tiny_classification(golden.at("architectures").at("bert"), {}, folder);
  std::string topics = "text,label\n", stars = "text,label\n";
  for (int i = 0; i < 12; ++i) {
    topics += "red lipstick " + std::to_string(i) + ",care\na robot movie " + std::to_string(i) + ",film\n";
    stars += "love and war " + std::to_string(i) + "," + std::to_string(i % 5) + "\n";
  }
  write_file_atomic(folder / "topics.csv", topics);
  write_file_atomic(folder / "stars.csv", stars);
  config.finetune.task = "multi_task";
  config.finetune.tune = tune;
  config.finetune.examples.clear();
  config.finetune.ratio = {1, 0, 0};
  ExampleSourceOptions source;
  source.path = "topics.csv";
  config.finetune.heads.push_back({.name = "topic", .task = "classify", .examples = {source}, .weight = 2});
  source.path = "stars.csv";
  config.finetune.heads.push_back({.name = "stars", .task = "regress", .examples = {source}, .weight = 0.5});
  return config;
}

double loss_of(MultiTask& learner, const std::vector<std::int64_t>& batch) {
  learner.begin_step(std::vector<std::vector<std::int64_t>>{batch});
  return learner.loss(batch).item<double>();
}

TEST(MultiTask, TakesTheMeanOverExamplesOfTheirHeadsWeightedLosses) {
  const TestFolder folder("heads");
  MultiTask learner(two_heads(folder.path()));
  ASSERT_EQ(learner.lengths().size(), 36U);  // 24 of topic, then 12 of stars
  const double topic = loss_of(learner, {3, 9}), stars = loss_of(learner, {24, 30, 35});
  EXPECT_NEAR(loss_of(learner, {3, 24, 9, 30, 35}), (2 * topic + 3 * stars) / 5, 1e-5);
  const auto values = learner.measure(Part::kTrain);
  EXPECT_NEAR(values.at("loss"), (2 * values.at("topic/loss") + 0.5 * values.at("stars/loss")) / 2.5, 1e-9);
  EXPECT_TRUE(values.contains("topic/accuracy") && values.contains("stars/rmse"));
  EXPECT_TRUE(std::isnan(learner.measure(Part::kTest).at("loss")));
}

TEST(MultiTask, LearnsHowUncertainEachHeadIs) {
  const TestFolder folder("uncertain");
  FinetuneConfig config = two_heads(folder.path());
  const double topic = loss_of(*std::make_unique<MultiTask>(config), {3, 9}) / 2;
  const double stars = loss_of(*std::make_unique<MultiTask>(config), {24, 30}) / 0.5;
  config.finetune.weighting = "uncertainty";
  MultiTask learner(config);
  // As learnt of a noise of variance e for each head: L / e + 1/2, half of L / e for numbers.
  for (const char* head : {"topic", "stars"}) {
    const torch::NoGradGuard no_graph;
    learner.parameters().parameter("heads." + std::string(head) + ".log_variance").value.fill_(1);
  }
  learner.begin_step(std::vector<std::vector<std::int64_t>>{{3, 9, 24, 30}});
  const torch::Tensor loss = learner.loss(std::vector<std::int64_t>{3, 9, 24, 30});
  const double e = std::exp(1);
  EXPECT_NEAR(loss.item<double>(), (2 * (topic / e + 0.5) + 0.5 * (stars / e / 2 + 0.5)) / 2, 1e-5);
  loss.backward();
  const auto gradient = [&](const char* head) {
    return learner.parameters().at("heads." + std::string(head) + ".log_variance").grad().item<double>();
  };
  EXPECT_NEAR(gradient("topic"), 2 * (0.5 - topic / e) / 2, 1e-5);
  EXPECT_NEAR(gradient("stars"), 0.5 * (0.5 - stars / e / 2) / 2, 1e-5);
}

TEST(MultiTask, ServesOfEachHeadWhatWasMeasured) {
  for (const char* tune : {"full", "lora", "adapter", "prompt"}) {
    SCOPED_TRACE(tune);
    const TestFolder folder("served-heads");
    FinetuneConfig config = two_heads(folder.path(), tune);
    config.finetune.weighting = "uncertainty";
    MultiTask learner(config);
    const double before = learner.measure(Part::kTrain).at("topic/loss");
    AdamWOptions optimizer;
    optimizer.learning_rate = 3e-3;
    Trainer(learner, optimizer, {.epochs = 6, .batch = 8, .metric = "loss", .folder = folder.path() / "checkpoints"})
        .run();
    const auto values = learner.measure(Part::kTrain);
    if (std::string(tune) == "full") {
      EXPECT_LT(values.at("topic/loss"), before - 0.01);
    }
    learner.save(folder.path() / "model", folder.path() / "adapter");
    for (const HeadOptions& head : config.finetune.heads) {
      FinetuneConfig own = config;
      own.finetune.task = head.task;
      own.finetune.examples = head.examples;
      const Examples examples = read_examples(own, labelled_columns(head.task));
      const auto numbers = examples.of(Part::kTrain);
      const auto answers = served_answers(folder.path() / "model" / head.name, own, examples, numbers);
      EXPECT_NEAR(answer_values(answers, own, examples, numbers).at("loss"), values.at(head.name + "/loss"), 5e-5);
    }
    EXPECT_EQ(fs::exists(folder.path() / "model" / "stars" / "own_adapter"),
              std::string(tune) == "adapter" || std::string(tune) == "prompt");
  }
}

}  // namespace
}  // namespace genre::trainer
