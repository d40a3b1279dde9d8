#include "genre/torch/memory_plan.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "genre/lm/small_decoder_test.h"
#include "genre/optim/adafactor.h"
#include "genre/optim/adam.h"
#include "genre/torch/allocation_count.h"
#include "genre/torch/text_task.h"
#include "genre/torch/tiny_classification_test.h"
#include "genre/torch/trainer.h"

namespace genre::trainer {
namespace {

class MemoryPlanTest : public SmallDecoder {
 protected:
  void SetUp() override {
    SmallDecoder::SetUp();
    std::vector<std::string> rows;
    for (int i = 0; i < 48; ++i) {
      std::string text = "love and war " + std::to_string(i);
      for (int word = 0; word < i % 12; ++word) text += " robot";
      rows.push_back(text + (i % 2 == 0 ? ",care" : ",film"));
    }
    encoder_ =
        tiny_classification(GoldenModels().json().at("architectures").at("bert-tanh-gelu"), rows, files_.path(), 0.1);
    encoder_.finetune.examples[0].part = "train";
    decoder_config_.base_folder = folder_;
    decoder_config_.lm.model = folder_.string();
    decoder_config_.finetune.task = "causal_lm";
    ExampleSourceOptions source;
    source.path = "examples.csv";
    source.part = "train";
    decoder_config_.finetune.examples.push_back(source);
    std::string lines = "text\n";
    for (int i = 0; i < 32; ++i)
      lines +=
          std::to_string(i) + " robots like rain " + std::string(static_cast<std::size_t>(3 * (i % 9)), 'x') + "\n";
    write_file_atomic(folder_ / "examples.csv", lines);
  }

  TrainerOptions options(const std::string& metric) const {
    return {.epochs = 2, .batch = 16, .metric = metric, .folder = files_.path() / "checkpoints"};
  }

  // Bytes of tensors at the peak, as planned and as they were.
  void expect_planned(const FinetuneConfig& config, const OptimizerOptions& optimizer) {
    const auto task = make_text_task(config);
    Trainer trainer(*task, optimizer, options("loss"));
    const MemoryPlan plan = trainer.plan();
    const std::int64_t now = plan.base + plan.parameters + plan.optimizer + plan.averages,
                       wanted = std::max(plan.step - plan.holes, plan.measuring) - now;
    const AllocationCount count;
    trainer.run();
    const double ratio = static_cast<double>(wanted) / static_cast<double>(count.peak());
    EXPECT_GT(ratio, 0.85);
    EXPECT_LT(ratio, 1.15);
  }

  TestFolder files_{"plan"};
  FinetuneConfig encoder_, decoder_config_;
};

TEST_F(MemoryPlanTest, IsWithinAFewPercentOfTheTensorsOfARun) {
  for (FinetuneConfig config : {encoder_, decoder_config_})
    for (const char* tune : {"full", "lora"})
      for (const char* activations : {"keep", "recompute", "disk"}) {
        SCOPED_TRACE(config.finetune.task + " " + tune + " " + activations);
        config.finetune.tune = tune;
        config.finetune.activations = activations;
        expect_planned(config, AdamWOptions());
      }
  SCOPED_TRACE("accumulated");
  AdafactorOptions optimizer;
  optimizer.accumulation = 2;
  expect_planned(encoder_, optimizer);
}

TEST_F(MemoryPlanTest, IsMadeOfAdversarialTrainingsThatMeasureToo) {
  encoder_.finetune.examples[0].part = "";  // cut, so that there is something to measure
  for (const char* adversarial : {"fgm", "pgd", "freelb"}) {
    SCOPED_TRACE(adversarial);
    encoder_.finetune.regularisation.adversarial = adversarial;
    const auto task = make_text_task(encoder_);
    const AdamWOptions optimizer;
    Trainer trainer(*task, optimizer, options("loss"));
    const MemoryPlan plan = trainer.plan();
    EXPECT_GT(plan.measuring, 0);
    EXPECT_GT(plan.step, plan.measuring);
  }
}

TEST_F(MemoryPlanTest, CountsWhatIsThere) {
  const auto task = make_text_task(encoder_);
  AdamWOptions optimizer;
  optimizer.ema = 0.9;
  Trainer trainer(*task, optimizer, options("loss"));
  const MemoryPlan plan = trainer.plan();
  const std::int64_t bytes = 4 * task->parameters().count();
  EXPECT_EQ(plan.parameters, bytes);
  EXPECT_EQ(plan.optimizer, 2 * bytes);
  EXPECT_EQ(plan.averages, bytes);
  EXPECT_LE(plan.gradients, bytes);
  EXPECT_EQ(plan.examples, 16);
  EXPECT_GE(plan.peak(), plan.step);
  EXPECT_GE(plan.peak(), plan.start);
}

TEST_F(MemoryPlanTest, ChangesNothingOfTheTraining) {
  const AdamWOptions optimizer;
  std::vector<std::vector<torch::Tensor>> weights;
  for (const bool planned : {false, true}) {
    const auto task = make_text_task(encoder_);
    Trainer trainer(*task, optimizer, options("loss"));
    if (planned) trainer.plan();
    trainer.run();
    auto& out = weights.emplace_back();
    for (const Parameter& one : task->parameters().all()) out.push_back(one.value.detach());
  }
  for (std::size_t i = 0; i < weights[0].size(); ++i) EXPECT_TRUE(torch::equal(weights[0][i], weights[1][i])) << i;
}

}  // namespace
}  // namespace genre::trainer
