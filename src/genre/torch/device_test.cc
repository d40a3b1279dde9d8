// Trainings on a second device: the weights that the processor gives.
#include "genre/torch/device.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "genre/base/error.h"
#include "genre/optim/sgd.h"
#include "genre/torch/dropout.h"
#include "genre/torch/second_device_test.h"
#include "genre/torch/text_task.h"
#include "genre/torch/tiny_classification_test.h"
#include "genre/torch/trainer.h"

namespace genre::trainer {
namespace {

using testing::FloatNear;
using testing::HasSubstr;
using testing::Pointwise;

class DeviceTest : public testing::Test {
 protected:
  void SetUp() override {
    config_ = tiny_classification(GoldenModels().json().at("architectures").at("bert-tanh-gelu"), two_subjects(10),
                                  folder_.path(), 0.1);
    options_ = {.epochs = 2, .batch = 8, .checkpoint_minutes = 1e9, .digest = "tiny", .folder = folder_.path() / "a"};
    optimizer_.learning_rate = 0.05;
  }
  void TearDown() override { limit_second_device(-1); }

  void write(const std::string& task, const std::string& lines) {
    write_file_atomic(folder_.path() / "examples.csv", lines);
    config_.finetune.task = task;
  }
  struct Trained {
    std::map<std::string, std::vector<float>> weights;
    std::map<std::string, double> measured;
    std::uintmax_t served = 0;  // bytes of its model
  };
  Trained train(torch::Device device) {
    const auto task = make_text_task(config_);
    task->set_device(device);
    TrainerOptions options = options_;
    options.metric = task->default_metric();
    options.to_start = config_.finetune.regularisation.to_start;
    const std::int64_t kernels = second_device_kernels();
    Trainer(*task, optimizer_, options).run();
    Trained out{.weights = {}, .measured = task->measure(Part::kTrain)};
    EXPECT_EQ(second_device_kernels() > kernels + 100, device == kSecondDevice);
    const auto model = folder_.path() / ("model-" + device.str());
    task->save(model, folder_.path() / ("adapter-" + device.str()));
    for (const auto& file : std::filesystem::recursive_directory_iterator(model))
      if (file.path().filename() == "model.safetensors") out.served += file.file_size();
    for (const Parameter& one : task->parameters().all()) {
      if (one.in_blocks()) continue;
      const auto values = numbers_of(one.value);
      out.weights[one.name].assign(values.begin(), values.end());
    }
    return out;
  }
  void expect_equal(const std::string& what) {
    SCOPED_TRACE(what);
    const Trained here = train(torch::kCPU), there = train(kSecondDevice);
    for (const auto& [name, values] : here.weights)
      EXPECT_THAT(there.weights.at(name), Pointwise(FloatNear(1e-5F), values)) << name;
    for (const auto& [name, value] : here.measured) EXPECT_NEAR(there.measured.at(name), value, 1e-4) << name;
    EXPECT_GT(here.served, 0);
    EXPECT_EQ(there.served, here.served);
    EXPECT_EQ(second_device_bytes(), 0) << "left behind";
  }

  TestFolder folder_{"device"};
  FinetuneConfig config_;
  TrainerOptions options_;
  SgdOptions optimizer_;  // Adam makes whole steps of gradients that are zero but for rounding
};

TEST_F(DeviceTest, DropsWhatTheProcessorDrops) {
  const torch::Tensor x = torch::randn({7, 11});
  const auto dropped = [&](const torch::Tensor& some) {
    torch::manual_seed(3);
    return drop(some, 0.3).cpu();
  };
  EXPECT_TRUE(dropped(x.to(kSecondDevice)).equal(dropped(x)));
  const torch::Tensor few = x.to(torch::kBFloat16);
  EXPECT_TRUE(dropped(few.to(kSecondDevice)).equal(dropped(few)));
}

TEST_F(DeviceTest, EveryWayOfTuningGivesTheWeightsOfTheProcessor) {
  for (const char* tune : {"full", "bitfit", "head", "lora", "adalora", "adapter", "ia3", "prompt"}) {
    config_.finetune.tune = tune;
    config_.finetune.lora = {.rank = 2, .dropout = 0.1};
    config_.finetune.adalora = {.initial_rank = 4, .interval = 2};
    expect_equal(tune);
  }
}

TEST_F(DeviceTest, EveryArchitectureToo) {
  const auto golden = nlohmann::json::parse(read_file(GENRE_SOURCE_DIR "/tests/golden/training_step.json"));
  std::vector<std::string> rows;
  for (int i = 0; i < 8; ++i) rows.insert(rows.end(), {"red lipstick and love,care", "a robot,film"});
  for (const auto& [name, model] : golden.at("architectures").items()) {
    config_ = tiny_classification(model, rows, folder_.path() / name, 0.1);
    expect_equal(name);
  }
}

TEST_F(DeviceTest, FrozenLayersBlocksAndRecomputedLayersToo) {
  config_.finetune.tune = "lora";
  config_.finetune.frozen_layers = 1;
  expect_equal("frozen layers");
  config_.finetune.frozen_format = "q8_0";
  expect_equal("blocks");
  config_.finetune.frozen_layers = 0;
  for (const char* activations : {"recompute", "disk"}) {
    config_.finetune.activations = activations;
    expect_equal(activations);
  }
}

TEST_F(DeviceTest, RegularisationAndAveragesToo) {
  optimizer_.ema = 0.9;
  optimizer_.accumulation = 2;
  config_.finetune.regularisation = {.label_smoothing = 0.1, .r_drop = 0.5, .to_start = 0.01};
  expect_equal("R-Drop");
  config_.finetune.regularisation = {.mixup = 0.4};
  expect_equal("mixup");
  for (const char* adversarial : {"fgm", "pgd", "freelb"}) {
    config_.finetune.regularisation = {.adversarial = adversarial};
    expect_equal(adversarial);
  }
}

TEST_F(DeviceTest, WeightsThatBecomeSmallToo) {
  config_.finetune.compression = {.quantise = "int8", .sparse = "block", .interval = 2};
  expect_equal("8 bits and zeros");
}

TEST_F(DeviceTest, GoesOnFromACheckpointOfTheProcessor) {
  struct Death {};
  const Trained whole = train(torch::kCPU);
  TrainerOptions options = options_;
  options.folder = folder_.path() / "b";
  options.checkpoint_minutes = 0;
  const Hooks hooks{.step = {}, .measured = {}, .saved = [](std::int64_t step) {
                      if (step == 2) throw Death();
                    }};
  const auto first = make_text_task(config_), second = make_text_task(config_);
  EXPECT_THROW(Trainer(*first, optimizer_, options, hooks).run(), Death);
  second->set_device(kSecondDevice);
  Trainer trainer(*second, optimizer_, options);
  EXPECT_EQ(trainer.resume(), 2);
  trainer.run();
  for (const Parameter& one : second->parameters().all()) {
    const auto values = numbers_of(one.value);
    EXPECT_THAT(std::vector<float>(values.begin(), values.end()),
                Pointwise(FloatNear(1e-5F), whole.weights.at(one.name)))
        << one.name;
  }
}

TEST_F(DeviceTest, AClassifierThatFollowsAnotherToo) {
  train(torch::kCPU);
  config_.finetune.distil = {.teacher = (folder_.path() / "teacher").string(), .share = 0.9};
  std::filesystem::rename(folder_.path() / "model-cpu", config_.finetune.distil.teacher);
  expect_equal("classify with a teacher");
}

TEST_F(DeviceTest, EveryTaskToo) {
  std::string lines = "text,label\n";
  for (int i = 0; i < 10; ++i)
    lines += "red lipstick " + std::to_string(i) + ",care|red\na robot movie " + std::to_string(i) + ",\n";
  write("multi_label", lines);
  expect_equal("multi_label");
  lines = "text,label\n";
  for (int i = 0; i < 10; ++i)
    lines += "red lipstick " + std::to_string(i) + ",4.5\na robot movie " + std::to_string(i) + ",1.5\n";
  write("regress", lines);
  expect_equal("regress");
  lines = "text,other,label\n";
  for (int i = 0; i < 10; ++i)
    for (const char* one : {"red lipstick,1", "a robot movie,0"})
      lines += "love " + std::to_string(i) + "," + one + "\n";
  write("rank", lines);
  expect_equal("rank");
  write("contrastive", lines);
  config_.finetune.contrastive.loss = "cosent";
  expect_equal("contrastive, cosent");
  config_.finetune.contrastive = {.loss = "in_batch", .least_label = 0.5};
  expect_equal("contrastive, in_batch");
  std::string pairs = "text,other\n";
  for (const char* one : {"red lipstick,night cream", "a robot movie,the war", "blue shampoo,love drama", "war,red"})
    pairs += std::string(one) + "\n";
  write("contrastive", pairs);
  config_.finetune.contrastive = {.hard_negatives = 1, .hard_margin = -2};
  expect_equal("contrastive, hard negatives");
  lines = "text\n";
  for (int i = 0; i < 20; ++i) lines += "a robot movie and war " + std::to_string(i) + "\n";
  write("masked_lm", lines);
  expect_equal("masked_lm");
  config_.finetune.task = "multi_task";
  config_.finetune.weighting = "uncertainty";
  ExampleSourceOptions labels;
  labels.path = "labels.csv";
  write_file_atomic(folder_.path() / labels.path, "text,label\nred lipstick,2\na robot,1\nlove,2\nwar,1\nrain,1\n");
  config_.finetune.heads = {{.name = "kind", .task = "classify", .examples = {labels}},
                            {.name = "stars", .task = "regress", .examples = {labels}, .weight = 0.5}};
  expect_equal("multi_task");
  config_.finetune.heads.clear();
  config_.finetune.distil.teacher = config_.lm.model;
  config_.finetune.distil.hidden = 1;
  write("distil", lines);
  expect_equal("distil");
}

TEST_F(DeviceTest, ABatchThatDoesNotFitNamesItsSize) {
  const auto task = make_text_task(config_);
  task->set_device(kSecondDevice);
  Trainer trainer(*task, optimizer_, options_);
  limit_second_device(second_device_bytes() + 100'000);
  try {
    trainer.run();
    FAIL() << "trained";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kResources);
    EXPECT_THAT(error.what(), HasSubstr("step 1, 8 examples of up to "));
    EXPECT_THAT(error.what(), HasSubstr("memory of second:0: no room for "));
    EXPECT_THAT(error.hint(), HasSubstr("finetune.batch"));
  }
}

TEST(FindDevice, RefusesCudaWhereThereIsNone) {
  EXPECT_TRUE(find_device("cpu").is_cpu());
  if (torch::cuda::is_available()) {
    EXPECT_TRUE(find_device("auto").is_cuda());
    EXPECT_TRUE(find_device("cuda", 1).is_cuda());
    return;
  }
  EXPECT_TRUE(find_device("auto").is_cpu());
  try {
    find_device("cuda");
    FAIL() << "found";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kConfig);
    EXPECT_THAT(error.what(), HasSubstr("CUDA"));
    EXPECT_THAT(error.hint(), HasSubstr("cpu"));
  }
}

}  // namespace
}  // namespace genre::trainer
