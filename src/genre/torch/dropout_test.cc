#include "genre/torch/dropout.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

namespace genre::trainer {
namespace {

TEST(Dropout, DropsTheShareAndKeepsTheMean) {
  torch::manual_seed(7);
  for (const auto type : {torch::kFloat32, torch::kBFloat16}) {
    for (const double probability : {0.1, 0.3, 0.75}) {
      const torch::Tensor out = drop(torch::ones({400, 501}, type), probability).to(torch::kFloat64);
      EXPECT_NEAR((out == 0).to(torch::kFloat64).mean().item<double>(), probability, 0.004);
      EXPECT_NEAR(out.mean().item<double>(), 1, 0.02);
      EXPECT_NEAR(out.max().item<double>(), 1 / (1 - probability), type == torch::kFloat32 ? 2e-5 : 2e-2);
    }
  }
}

TEST(Dropout, FollowsTheGeneratorAndNotTheThreads) {
  const torch::Tensor x = torch::ones({100, 333});
  const auto drawn = [&](int threads, int seed) {
    at::set_num_threads(threads);
    torch::manual_seed(seed);
    return drop(x, 0.2);
  };
  EXPECT_TRUE(torch::equal(drawn(1, 5), drawn(2, 5)));
  EXPECT_FALSE(torch::equal(drawn(1, 5), drawn(1, 6)));
}

TEST(Dropout, GradientsPassWhereNumbersDo) {
  torch::manual_seed(7);
  torch::Tensor x = torch::randn({20, 30}).requires_grad_(true);
  const torch::Tensor out = drop(x, 0.5);
  out.sum().backward();
  EXPECT_TRUE(torch::equal(x.grad() == 0, out == 0));
  EXPECT_TRUE(torch::equal(drop(x, 0), x));
}

}  // namespace
}  // namespace genre::trainer
