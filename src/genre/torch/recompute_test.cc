// What is recomputed against what is kept: gradients to the bit, and the memory between.
#include "genre/torch/recompute.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "genre/base/error.h"
#include "genre/lm/small_decoder_test.h"
#include "genre/optim/adam.h"
#include "genre/torch/allocation_count.h"
#include "genre/torch/autocast.h"
#include "genre/torch/classification.h"
#include "genre/torch/text_task.h"
#include "genre/torch/tiny_classification_test.h"
#include "genre/torch/trainer.h"

namespace genre::trainer {
namespace {

// Loss and gradients of one step over two batches.
std::map<std::string, torch::Tensor> step(Learner& learner, bool bf16 = false) {
  torch::manual_seed(11);
  const std::vector<std::vector<std::int64_t>> batches = {{0, 1, 2}, {3}};
  learner.begin_step(batches);
  std::map<std::string, torch::Tensor> out;
  for (const auto& batch : batches) {
    torch::Tensor loss;
    {
      const Autocast autocast(bf16, torch::kCPU);
      loss = learner.loss(batch);
    }
    loss.backward();
    out["loss of " + std::to_string(batch.size())] = loss.detach();
  }
  // Whoever draws next must draw the same.
  out["noise behind it"] = torch::rand({4});
  for (const Parameter& one : learner.parameters().all()) {
    const torch::Tensor gradient = one.rows.defined() ? one.rows.grad() : one.value.grad();
    if (gradient.defined()) out[one.name] = gradient.clone();
  }
  return out;
}

void expect_equal(const std::map<std::string, torch::Tensor>& wanted, const std::map<std::string, torch::Tensor>& got) {
  ASSERT_EQ(wanted.size(), got.size());
  EXPECT_GE(wanted.size(), 4u);  // two losses, noise, a gradient
  for (const auto& [name, value] : wanted) EXPECT_TRUE(torch::equal(got.at(name), value)) << name;
}

void expect_equal_steps(FinetuneConfig config, bool bf16 = false) {
  const auto kept = step(*make_text_task(config), bf16);
  for (const char* activations : {"recompute", "disk"}) {
    SCOPED_TRACE(activations);
    config.finetune.activations = activations;
    expect_equal(kept, step(*make_text_task(config), bf16));
  }
}

FinetuneConfig encoder_config(const std::string& name, const TestFolder& folder) {
  auto rows = golden_step_rows();
  const auto golden = nlohmann::json::parse(read_file(GENRE_SOURCE_DIR "/tests/golden/training_step.json"));
  FinetuneConfig config = tiny_classification(golden.at("architectures").at(name), rows, folder.path(), 0.2);
  config.finetune.examples[0].part = "train";
  config.finetune.lora.dropout = 0.1;
  config.finetune.lora.targets = {"attention_output", "inner"};
  return config;
}

TEST(Recompute, GivesTheGradientsOfEncodersWhateverIsTrained) {
  for (const char* name : {"bert", "modernbert-biases"})
    for (const char* tune : {"full", "lora", "adalora", "adapter", "prompt", "ia3", "bitfit"}) {
      SCOPED_TRACE(std::string(name) + " " + tune);
      if (std::string(name) != "bert" && std::string(tune) == "ia3") continue;  // its keys are no product of their own
      const TestFolder folder("recompute");
      FinetuneConfig config = encoder_config(name, folder);
      config.finetune.tune = tune;
      expect_equal_steps(config);
    }
}

TEST(Recompute, GivesTheGradientsBehindFrozenLayers) {
  const TestFolder folder("recompute");
  FinetuneConfig config = encoder_config("bert", folder);
  config.finetune.frozen_layers = 1;
  expect_equal_steps(config);
}

TEST(Recompute, GivesTheGradientsOfSeveralPassesAndOfMovedEmbeddings) {
  for (const char* how : {"r_drop", "fgm", "pgd", "freelb"}) {
    SCOPED_TRACE(how);
    const TestFolder folder("recompute");
    FinetuneConfig config = encoder_config("bert", folder);
    if (std::string(how) == "r_drop")
      config.finetune.regularisation.r_drop = 2;
    else
      config.finetune.regularisation.adversarial = how;
    expect_equal_steps(config);
  }
}

TEST(Recompute, GivesTheGradientsOfProductsInBf16) {
  const TestFolder folder("recompute");
  expect_equal_steps(encoder_config("bert", folder), /*bf16=*/true);
}

class RecomputeDecoder : public SmallDecoder {};

TEST_F(RecomputeDecoder, GivesTheGradientsWhateverIsTrained) {
  FinetuneConfig config;
  config.base_folder = folder_;
  config.lm.model = folder_.string();
  config.finetune.task = "instruct";
  ExampleSourceOptions source;
  source.path = "examples.csv";
  source.part = "train";
  config.finetune.examples.push_back(source);
  write_file_atomic(folder_ / "examples.csv",
                    "text,other\nthe robots?,yes\nrain?,no\nwhat of the night?,no\nlove and war?,yes\n");
  config.finetune.lora.dropout = 0.1;
  config.finetune.virtual_tokens.count = 3;
  for (const char* tune : {"full", "lora", "adapter", "prompt", "prefix"})
    for (const char* format : {"fp32", "q8_0"}) {
      if (std::string(tune) == "full" && std::string(format) != "fp32") continue;
      SCOPED_TRACE(std::string(tune) + " " + format);
      config.finetune.tune = tune;
      config.finetune.frozen_format = format;
      expect_equal_steps(config);
    }
}

TEST(Recompute, ATrainingEndsWithTheSameWeights) {
  const TestFolder folder("recompute");
  std::vector<std::string> rows;
  for (int i = 0; i < 12; ++i) {
    rows.push_back("red lipstick " + std::to_string(i) + ",care");
    rows.push_back("a robot movie and war " + std::to_string(i * i) + ",film");
  }
  FinetuneConfig config =
      tiny_classification(GoldenModels().json().at("architectures").at("bert-tanh-gelu"), rows, folder.path(), 0.1);
  std::map<std::string, std::vector<torch::Tensor>> weights;
  for (const char* activations : {"keep", "recompute", "disk"}) {
    config.finetune.activations = activations;
    Classification learner(config);
    const AdamWOptions optimizer;
    Trainer(learner, optimizer, {.epochs = 2, .batch = 8, .folder = folder.path() / activations}).run();
    for (const Parameter& one : learner.parameters().all()) weights[activations].push_back(one.value.detach());
  }
  for (std::size_t i = 0; i < weights["keep"].size(); ++i) {
    EXPECT_TRUE(torch::equal(weights["recompute"][i], weights["keep"][i])) << i;
    EXPECT_TRUE(torch::equal(weights["disk"][i], weights["keep"][i])) << i;
  }
}

// What is alive behind the forward pass of eight layers that each keep about ten times their input, and the most in the
// backward pass.
struct Memory {
  std::int64_t alive, most;
};

constexpr std::int64_t kLayers = 8, kTokens = 256, kWidth = 32, kInput = kTokens * kWidth * 4;

Memory memory_of(const std::function<torch::Tensor(const torch::Tensor&, const Layer&)>& run) {
  const torch::Tensor weight = torch::randn({kWidth, kWidth}).requires_grad_(true);
  torch::Tensor x = torch::randn({kTokens, kWidth});
  const AllocationCount count;
  for (std::int64_t layer = 0; layer < kLayers; ++layer)
    x = run(x, [weight](const torch::Tensor& states) {
      torch::Tensor inside = states;
      for (int again = 0; again < 5; ++again) inside = torch::tanh(torch::mm(inside, weight) * 0.1 + 1);
      return states + inside;
    });
  const std::int64_t alive = count.live();
  x.sum().backward();
  EXPECT_TRUE(weight.grad().defined());
  return {alive, count.peak()};
}

TEST(Recompute, KeepsTheInputsOfLayersAlone) {
  const TestFolder folder("recompute");
  const auto file = std::make_shared<ActivationFile>(folder.path());
  const Memory kept = memory_of([](const torch::Tensor&x, const Layer&layer) { return layer(x); }),
               again =
                   memory_of([](const torch::Tensor&x, const Layer&layer) { return recomputed(x, layer, nullptr); }),
               disk = memory_of([&](const torch::Tensor&x, const Layer&layer) { return recomputed(x, layer, file); });
  constexpr std::int64_t kNoise = 16384;  // more than the state of the generator
  EXPECT_GT(kept.alive, kLayers * 5 * kInput);
  EXPECT_LT(again.alive, kLayers * (kInput + kNoise));
  EXPECT_LT(disk.alive, kInput + kLayers * kNoise);
  EXPECT_LT(again.most, kept.most / 2);
  EXPECT_LT(disk.most, again.most);
  EXPECT_EQ(file->size(), kLayers * kInput);
}

}  // namespace
}  // namespace genre::trainer
