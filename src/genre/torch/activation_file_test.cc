#include "genre/torch/activation_file.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <fstream>

#include "genre/base/error.h"
#include "genre/lm/testing.h"

namespace genre::trainer {
namespace {

namespace fs = std::filesystem;

TEST(ActivationFile, GivesBackWhatWasKeptWhateverItsFormAndType) {
  const TestFolder folder("activations");
  ActivationFile file(folder.path());
  torch::manual_seed(1);
  const std::vector<torch::Tensor> tensors = {torch::randn({7, 33}), torch::randn({5, 4}).t(), torch::randn({3000}),
                                              torch::randn({6, 2}).to(torch::kBFloat16), torch::zeros({0, 4})};
  std::vector<std::unique_ptr<ActivationFile::Kept>> kept;
  for (const torch::Tensor& one : tensors) kept.push_back(file.keep(one));
  for (int again = 0; again < 2; ++again)
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      const torch::Tensor read = kept[i]->read();
      EXPECT_EQ(read.scalar_type(), tensors[i].scalar_type());
      EXPECT_TRUE(torch::equal(read, tensors[i])) << i;
    }
}

TEST(ActivationFile, WhatIsReadOutlivesWhatWasKeptAndTheFile) {
  const TestFolder folder("activations");
  torch::Tensor read;
  {
    ActivationFile file(folder.path());
    read = file.keep(torch::full({100}, 3.0f))->read();
  }
  EXPECT_EQ(read.sum().item<float>(), 300);
}

TEST(ActivationFile, UsesItsRoomAgainOnceNothingIsKept) {
  const TestFolder folder("activations");
  ActivationFile file(folder.path());
  for (int step = 0; step < 10; ++step) {
    const auto first = file.keep(torch::zeros({1 << 16})), second = file.keep(torch::ones({1 << 16}));
    EXPECT_EQ(first->read().sum().item<float>(), 0);
    EXPECT_EQ(second->read().sum().item<float>(), 1 << 16);
  }
  EXPECT_EQ(file.size(), 2 * 4 * (1 << 16));
}

TEST(ActivationFile, HasNoNameInItsFolder) {
  const TestFolder folder("activations");
  ActivationFile file(folder.path());
  const auto kept = file.keep(torch::ones({5000}));
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

TEST(ActivationFile, SaysThatTheDiskIsFullAndKeepsWorking) {
  const TestFolder folder("activations");
  ActivationFile file(folder.path());
  try {
    // Four petabytes, none of which are in memory.
    file.keep(torch::zeros({1}).expand({std::int64_t{1} << 50}));
    FAIL() << "kept";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kResources);
    EXPECT_EQ(error.place().key, "finetune.activation_folder");
    EXPECT_NE(std::string(error.what()).find("no room for"), std::string::npos);
  }
  EXPECT_EQ(file.keep(torch::ones({10}))->read().sum().item<float>(), 10);
}

TEST(ActivationFile, RefusesAFolderThatIsNotThere) {
  const TestFolder folder("activations");
  EXPECT_THROW(ActivationFile(folder.path() / "none"), Error);
}

}  // namespace
}  // namespace genre::trainer
