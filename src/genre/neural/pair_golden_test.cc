// Networks of pairs and their loss together, beside torch.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "genre/neural/binary_cross_entropy.h"
#include "genre/neural/golden_tensors_test.h"
#include "genre/neural/pair_network.h"

namespace genre::neural {
namespace {

struct PairCase {
  std::string name;
  PairShape shape;
};

class PairGolden : public testing::TestWithParam<PairCase> {};

TEST_P(PairGolden, LossAndGradientsAreThoseOfTorch) {
  const auto& [name, shape] = GetParam();
  const GoldenTensors golden("collaborative");
  RandomStream random(1, "golden");
  Parameters parameters;
  PairNetwork network(shape, parameters, random);
  for (int i = 0; i < parameters.size(); ++i) parameters.value(i) = golden.read(name + "/" + parameters[i].name);
  network.pack(parameters);
  const Matrix users = golden.read(name + "/users"), items = golden.read(name + "/items");
  const std::int64_t pairs = items.rows(), each = pairs / users.rows();
  std::vector<float> labels(pairs), logits(pairs), d_logits(pairs);
  for (std::int64_t u = 0; u < users.rows(); ++u) labels[u * each] = 1;
  PairNetwork::Pass pass;
  network.forward(parameters, users, items, /*random=*/nullptr, pass, logits);
  const auto count = static_cast<float>(pairs);
  EXPECT_NEAR(binary_cross_entropy(logits, labels, 1 / count, d_logits) / count, golden.number(name + "/loss"), 1e-5);
  Gradients gradients(parameters);
  Matrix d_users(users.rows(), users.cols()), d_items(pairs, items.cols());
  network.backward(parameters, users, items, d_logits, pass, d_users.view(), d_items.view(), gradients);
  golden.expect_near(name + "/gradient/users", d_users);
  golden.expect_near(name + "/gradient/items", d_items);
  for (int i = 0; i < parameters.size(); ++i)
    golden.expect_near(name + "/gradient/" + parameters[i].name, gradients[i]);
}

INSTANTIATE_TEST_SUITE_P(Networks, PairGolden,
                         testing::Values(PairCase{"neumf", {.width = 40, .gmf = true, .hidden = {24, 10}}},
                                         PairCase{"gmf", {.width = 40, .gmf = true, .hidden = {}}},
                                         PairCase{"mlp", {.width = 40, .gmf = false, .hidden = {24, 10}}},
                                         PairCase{"deepfm",
                                                  {.width = 40, .gmf = true, .hidden = {24, 10}, .fields = 3}}),
                         [](const auto& one) { return one.param.name; });

}  // namespace
}  // namespace genre::neural
