// Loss and gradients of one step against transformers (tests/golden/make_training_golden.py), and the model that comes
// out against the runtime that serves it.
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>

#include "genre/base/error.h"
#include "genre/lm/text_classifier.h"
#include "genre/optim/adam.h"
#include "genre/torch/classification.h"
#include "genre/torch/tiny_classification_test.h"
#include "genre/torch/trainer.h"

namespace genre::trainer {
namespace {

nlohmann::json golden_steps() {
  return nlohmann::json::parse(read_file(GENRE_SOURCE_DIR "/tests/golden/training_step.json"));
}

TEST(TrainingStep, GivesTheLossAndGradientsOfTheReference) {
  const auto golden = golden_steps();
  for (const auto& [name, model] : golden.at("architectures").items()) {
    SCOPED_TRACE(name);
    const TestFolder folder("step");
    FinetuneConfig config = tiny_classification(model, golden_step_rows(), folder.path());
    config.finetune.examples[0].part = "train";
    Classification learner(config);
    const std::vector<std::vector<std::int64_t>> batches = {{0, 1, 2, 3}};
    learner.begin_step(batches);
    const torch::Tensor loss = learner.loss(batches[0]);
    loss.backward();
    EXPECT_NEAR(loss.item<double>(), model.at("loss").get<double>(), 1e-5);
    std::size_t compared = 0;
    for (const Parameter& one : learner.parameters().all()) {
      ASSERT_TRUE(model.at("gradients").contains(one.name)) << one.name;
      torch::Tensor gradient = one.rows.defined()
                                   ? torch::zeros_like(one.value).index_copy_(0, one.row_ids, one.rows.grad())
                                   : one.value.grad();
      if (!gradient.defined()) gradient = torch::zeros_like(one.value);
      const std::vector<float> probe = golden_weights("probe " + one.name, one.value.sizes().vec());
      const double along = (gradient * torch::tensor(probe).view_as(gradient)).sum().item<double>();
      const auto& wanted = model.at("gradients").at(one.name);
      EXPECT_NEAR(gradient.norm().item<double>(), wanted[0].get<double>(), 1e-4) << one.name;
      EXPECT_NEAR(along, wanted[1].get<double>(), 1e-4) << one.name;
      ++compared;
    }
    EXPECT_EQ(compared, model.at("gradients").size());
  }
}

TEST(TrainingStep, RefusesRelativePositionBiases) {
  const TestFolder folder("mpnet");
  const FinetuneConfig config =
      tiny_classification(GoldenModels().json().at("architectures").at("mpnet"), golden_step_rows(), folder.path());
  EXPECT_THROW(Classification{config}, Error);
}

TEST(TrainingStep, WeighsLossesByTheirSource) {
  const auto golden = golden_steps();
  const TestFolder folder("weights");
  FinetuneConfig config = tiny_classification(golden.at("architectures").at("bert"),
                                              {"a robot movie,film", "love and war,film"}, folder.path());
  write_file_atomic(folder.path() / "more.csv", "text,label\nred lipstick,care\n");
  config.finetune.ratio = {1, 0, 0};
  ExampleSourceOptions source;
  source.path = "more.csv";
  config.finetune.examples.push_back(source);
  const std::vector<std::vector<std::int64_t>> batches = {{0, 1, 2}};
  std::vector<double> plain;
  {
    Classification learner(config);
    learner.begin_step(batches);
    for (std::int64_t i = 0; i < 3; ++i) plain.push_back(learner.loss(std::vector<std::int64_t>{i}).item<double>());
  }
  config.finetune.examples[1].weight = 0.25;  // the third text in bytewise order
  Classification learner(config);
  learner.begin_step(batches);
  EXPECT_NEAR(learner.loss(batches[0]).item<double>(), (plain[0] + plain[1] + 0.25 * plain[2]) / 3, 1e-6);
}

// Mean cross-entropy of a saved model over the examples of a part, by the runtime.
double served_loss(const std::filesystem::path& model, const FinetuneConfig& config, Part part) {
  const Examples examples = read_examples(config, {});
  const LabelNumbers labels = one_label(examples);
  const TextClassifier classifier(model, LmOptions{});
  EXPECT_EQ(classifier.labels(), labels.names);
  double loss = 0;
  const auto numbers = examples.of(part);
  for (const std::int64_t i : numbers) {
    const std::vector<std::string> text = {examples.texts[i]};
    loss -= std::log(static_cast<double>(classifier.probabilities(text).row(0)[labels.labels[i].front()]));
  }
  return loss / static_cast<double>(numbers.size());
}

TEST(TrainingStep, TheSavedModelServesWhatWasMeasured) {
  std::vector<std::string> rows;
  for (int i = 0; i < 24; ++i) {
    rows.push_back("red lipstick " + std::to_string(i) + ",care");
    rows.push_back("a robot movie " + std::to_string(i * i) + ",film");
  }
  const auto golden = golden_steps();
  for (const char* name : {"bert", "roberta", "electra", "distilbert", "modernbert-biases"}) {
    for (const char* tune : {"full", "lora", "adalora", "adapter", "prompt", "bitfit", "head"}) {
      SCOPED_TRACE(std::string(name) + " " + tune);
      const TestFolder folder("served");
      FinetuneConfig config = tiny_classification(golden.at("architectures").at(name), rows, folder.path(), 0.1);
      config.finetune.tune = tune;
      config.finetune.ratio = {1, 0, 0};  // without a validation part the last weights are kept
      if (std::string(name).starts_with("modernbert")) config.finetune.lora.targets = {"inner", "attention_output"};
      Classification learner(config);
      const double before = learner.measure(Part::kTrain).at("loss");
      TrainerOptions options{.epochs = 8, .batch = 8, .folder = folder.path() / "checkpoints"};
      AdamWOptions optimizer;
      optimizer.learning_rate = 3e-3;
      Trainer(learner, optimizer, options).run();
      const double after = learner.measure(Part::kTrain).at("loss");
      // Low-rank changes and biases of layers that were never trained learn little.
      if (std::string(tune) == "full") {
        EXPECT_LT(after, before - 0.02);
      }
      learner.save(folder.path() / "model", folder.path() / "adapter");
      EXPECT_NEAR(served_loss(folder.path() / "model", config, Part::kTrain), after, 2e-5);
      EXPECT_EQ(std::filesystem::exists(folder.path() / "adapter" / "adapter_model.safetensors"),
                std::string(tune).ends_with("lora") || std::string(tune) == "prompt");
      EXPECT_EQ(std::filesystem::exists(folder.path() / "model" / "own_adapter"),
                std::string(tune) == "adapter" || std::string(tune) == "prompt");
    }
  }
}

}  // namespace
}  // namespace genre::trainer
