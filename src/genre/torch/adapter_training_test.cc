// Trainings of a few steps and the files that they leave, against PEFT (tests/golden/make_peft_training_golden.py) and
// AdapterHub's library (tests/golden/make_bottleneck_golden.py).
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <algorithm>

#include "genre/base/error.h"
#include "genre/base/safetensors.h"
#include "genre/optim/sgd.h"
#include "genre/torch/classification.h"
#include "genre/torch/tiny_classification_test.h"
#include "genre/torch/trainer.h"

namespace genre::trainer {
namespace {

using nlohmann::json;

class AdapterTraining : public testing::Test {
 protected:
  void SetUp() override {
    config_ = tiny_classification(peft_.at("base"), golden_step_rows(), folder_.path());
    config_.finetune.examples[0].part = "train";
  }

  static json read(const char* name) {
    return json::parse(read_file(std::string(GENRE_SOURCE_DIR "/tests/golden/") + name));
  }
  // Trains as a golden training did and compares every loss, every trained tensor behind the last step, and the files.
  void expect_training(const json& golden, const std::string& method) {
    const json& wanted = golden.at("methods").at(method);
    auto learner = std::make_unique<Classification>(config_);
    for (Parameter& one : learner->parameters().all()) {
      if (!one.trained) continue;
      const torch::NoGradGuard no_graph;
      one.value.copy_(torch::tensor(golden_weights(one.name, one.value.sizes().vec())).view_as(one.value));
    }
    SgdOptions descent;
    descent.learning_rate = golden.at("rate").get<double>();
    descent.momentum = descent.weight_decay = descent.clip = 0;
    descent.schedule = {.schedule = "constant", .warmup = 0};
    std::vector<double> losses;
    const Hooks hooks{.step = [&](const Progress& now) { losses.push_back(now.loss); }, .measured = {}, .saved = {}};
    const auto steps = static_cast<int>(wanted.at("losses").size());
    Trainer(*learner, descent, {.epochs = steps, .batch = 4, .folder = folder_.path() / "checkpoints"}, hooks).run();
    EXPECT_EQ(std::ssize(losses), steps);
    for (int step = 0; step < steps; ++step)
      EXPECT_NEAR(losses[step], wanted.at("losses")[step].get<double>(), 1e-5) << "step " << step + 1;
    std::size_t compared = 0;
    for (const Parameter& one : learner->parameters().all()) {
      if (!one.trained) continue;
      const torch::Tensor probe = torch::tensor(golden_weights("probe " + one.name, one.value.sizes().vec()));
      const json& of_name = wanted.at("trained").at(one.name);
      EXPECT_NEAR(one.value.norm().item<double>(), of_name[0].get<double>(), 1e-4) << one.name;
      EXPECT_NEAR((one.value * probe.view_as(one.value)).sum().item<double>(), of_name[1].get<double>(), 1e-4)
          << one.name;
      ++compared;
    }
    EXPECT_EQ(compared, wanted.at("trained").size());
    learner->save(folder_.path() / "model", folder_.path() / "adapter");
    expect_files(wanted.at("saved"));
  }

 private:
  // What is written is what the library writes: the same tensors, and every setting that we write has the same value.
  void expect_files(const json& wanted) const {
    const auto folder = folder_.path() / "adapter";
    const json ours = json::parse(read_file(folder / "adapter_config.json"));
    const SafetensorsFile tensors(folder /
                                  (ours.contains("peft_type") ? "adapter_model.safetensors" : "adapter.safetensors"));
    for (const auto& [name, shape] : wanted.at("tensors").items())
      EXPECT_EQ(tensors.at(name).shape, shape.get<std::vector<std::int64_t>>()) << name;
    EXPECT_EQ(tensors.tensors().size(), wanted.at("tensors").size());
    expect_settings(ours, wanted.at("config"));
  }
  static void expect_settings(const json& ours, const json& theirs) {
    for (const auto& [key, value] : ours.items()) {
      if (key == "base_model_name_or_path" || key == "model_name" || key == "modules_to_save") continue;
      if (key == "config") {
        expect_settings(value, theirs.at(key));
        continue;
      }
      json given = value, wanted = theirs.at(key);
      if (key == "target_modules") {
        std::sort(given.begin(), given.end());
        std::sort(wanted.begin(), wanted.end());
      }
      EXPECT_EQ(given, wanted) << key;
    }
  }

 protected:
  const json peft_ = read("peft_training.json"), hub_ = read("bottleneck.json");
  const TestFolder folder_{"adapter-training"};
  FinetuneConfig config_;
};

TEST_F(AdapterTraining, AdaLoraCutsTheRanksThatTheReferenceCuts) {
  const json& theirs = peft_.at("methods").at("adalora").at("saved").at("config");
  config_.finetune.lora = {
      .rank = theirs.at("target_r"), .alpha = theirs.at("lora_alpha"), .targets = {"query", "value", "inner"}};
  config_.finetune.adalora = {.initial_rank = theirs.at("init_r"),
                              .warmup = 2.01 / 12,
                              .settled = 3.01 / 12,
                              .interval = theirs.at("deltaT"),
                              .smoothing = theirs.at("beta1"),
                              .uncertainty = theirs.at("beta2"),
                              .orthogonality = theirs.at("orth_reg_weight")};
  config_.finetune.tune = "adalora";
  expect_training(peft_, "adalora");
}

TEST_F(AdapterTraining, LearntWordsAreThoseOfTheReference) {
  config_.finetune.tune = "prompt";
  config_.finetune.virtual_tokens.count = 5;
  expect_training(peft_, "prompt");
}

TEST_F(AdapterTraining, BottlenecksAreThoseOfTheReference) {
  config_.finetune.tune = "adapter";
  config_.finetune.adapter = {.kind = "houlsby", .width = 4};
  expect_training(hub_, "houlsby");
  config_.finetune.adapter = {.kind = "pfeiffer", .width = 2};
  expect_training(hub_, "pfeiffer");
}

TEST_F(AdapterTraining, GoesOnFromAnAdapterThatIsThere) {
  for (const char* tune : {"lora", "ia3", "adapter", "prompt"}) {
    SCOPED_TRACE(tune);
    config_.finetune.tune = tune;
    config_.finetune.start.clear();
    config_.finetune.lora.alpha = 16;
    Classification first(config_);
    SgdOptions descent;
    descent.learning_rate = 0.1;
    Trainer(first, descent, {.epochs = 3, .batch = 4, .folder = folder_.path() / "checkpoints"}).run();
    first.save(folder_.path() / "model", folder_.path() / "adapter");
    config_.finetune.start = (folder_.path() / "adapter").string();
    config_.finetune.lora.alpha = 4;  // a change is what it was, whatever its factors are multiplied by
    Classification second(config_);
    for (const Parameter& one : first.parameters().all()) {
      const bool factor = one.name.ends_with(".lora_B.weight");
      if (one.saved) continue;
      EXPECT_TRUE(second.parameters().at(one.name).allclose(one.value * (factor ? 4 : 1))) << one.name;
    }
    if (std::string(tune) == "adapter") continue;  // AdapterHub keeps heads apart
    EXPECT_NEAR(second.measure(Part::kTrain).at("loss"), first.measure(Part::kTrain).at("loss"), 1e-5);
  }
  config_.finetune.tune = "lora";
  EXPECT_THROW(Classification{config_}, Error);  // a prompt
  config_.finetune.tune = "prompt";
  config_.finetune.virtual_tokens.count = 3;
  EXPECT_THROW(Classification{config_}, Error);
}

}  // namespace
}  // namespace genre::trainer
