// Weights in blocks against the whole ones that they stand for.
#include "genre/torch/block_weights.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "genre/nn/blocks.h"
#include "genre/torch/classification.h"
#include "genre/torch/tiny_classification_test.h"

namespace genre::trainer {
namespace {

TEST(BlockWeights, HoldTheNearestNumbersOfTheirFormat) {
  torch::manual_seed(1);
  const torch::Tensor values = torch::randn({131, 96});
  for (const BlockFormat format : {BlockFormat::kQ8_0, BlockFormat::kQ4_0}) {
    const torch::Tensor blocks = to_blocks(values, format);
    const BlockShape shape = block_shape(format);
    EXPECT_EQ(blocks.sizes().vec(), (std::vector<std::int64_t>{131, 96 / shape.elements * shape.bytes}));
    std::vector<std::byte> bytes(131 * 96 / shape.elements * shape.bytes);
    std::vector<float> wanted(131 * 96);
    nn::quantise(format, {values.data_ptr<float>(), wanted.size()}, bytes);
    nn::dequantise(format, bytes, wanted);
    EXPECT_TRUE(from_blocks(blocks, format, 96).equal(torch::tensor(wanted).view({131, 96})));
  }
}

TEST(BlockWeights, ProductsAndGradientsAreThoseOfTheWholeWeight) {
  torch::manual_seed(2);
  Parameters parameters;
  parameters.set_format(BlockFormat::kQ4_0);
  parameters.add("weight", torch::randn({64, 96}), 0);
  parameters.add("narrow", torch::randn({64, 40}), 0);
  EXPECT_TRUE(parameters.parameter("weight").in_blocks());
  EXPECT_FALSE(parameters.parameter("narrow").in_blocks());
  EXPECT_EQ(parameters.count(), 64 * 96 + 64 * 40);
  EXPECT_EQ(parameters.sizes("weight"), (std::vector<std::int64_t>{64, 96}));
  const torch::Tensor whole = parameters.whole("weight"), bias = torch::randn({64});
  for (const Layout layout : {Layout::kOutputsByInputs, Layout::kInputsByOutputs}) {
    const bool outputs_first = layout == Layout::kOutputsByInputs;
    const torch::Tensor a = torch::randn({7, outputs_first ? 96 : 64}).requires_grad_(true),
                        b = a.detach().clone().requires_grad_(true);
    const torch::Tensor given = weight_product(parameters, "weight", a, outputs_first ? bias : torch::Tensor(), layout);
    const torch::Tensor wanted =
        torch::linear(b, outputs_first ? whole : whole.t(), outputs_first ? bias : torch::Tensor());
    EXPECT_TRUE(given.allclose(wanted, 1e-5, 1e-5));
    given.pow(2).sum().backward();
    wanted.pow(2).sum().backward();
    EXPECT_TRUE(a.grad().allclose(b.grad(), 1e-4, 1e-4));
  }
  const torch::Tensor ids = torch::tensor({5, 0, 63, 5}, torch::kInt64);
  EXPECT_TRUE(look_up(parameters, "weight", ids).equal(whole.index_select(0, ids)));
}

TEST(BlockWeights, AnAdapterOnThemHasTheGradientsOfOneOnWholeWeights) {
  const nlohmann::json model = GoldenModels().json().at("architectures").at("bert-tanh-gelu");
  const TestFolder folder("blocks");
  FinetuneConfig config = tiny_classification(model, golden_step_rows(), folder.path());
  config.finetune.examples[0].part = "train";
  const std::vector<std::vector<std::int64_t>> batches = {{0, 1, 2, 3}};
  for (const char* tune : {"lora", "adapter", "prompt"}) {
    SCOPED_TRACE(tune);
    config.finetune.tune = tune;
    config.finetune.frozen_format = "q8_0";
    Classification in_blocks(config);
    config.finetune.frozen_format = "fp32";
    Classification whole(config);
    std::size_t blocks = 0;
    for (Parameter& one : whole.parameters().all()) {
      const torch::NoGradGuard no_graph;
      one.value.copy_(in_blocks.parameters().whole(one.name));
      blocks += in_blocks.parameters().parameter(one.name).in_blocks() ? 1 : 0;
    }
    EXPECT_GT(blocks, 10U);
    const auto step = [&](Classification& learner) {
      learner.begin_step(batches);
      const torch::Tensor loss = learner.loss(batches[0]);
      loss.backward();
      return loss.item<double>();
    };
    EXPECT_NEAR(step(in_blocks), step(whole), 1e-6);
    for (const Parameter& one : whole.parameters().all()) {
      if (!one.trained || !one.value.grad().defined()) continue;
      EXPECT_TRUE(one.value.grad().allclose(in_blocks.parameters().at(one.name).grad(), 1e-4, 1e-6)) << one.name;
    }
  }
}

}  // namespace
}  // namespace genre::trainer
