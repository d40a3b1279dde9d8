#include "genre/neural/mmoe_network.h"

#include "genre/neural/gradient_check_test.h"

namespace genre::neural {
namespace {

constexpr std::int64_t kUsers = 3, kPairs = 6;

MmoeShape small_mmoe(int experts, std::vector<std::int64_t> hidden) {
  return {.tasks = 2, .width = 4, .experts = experts, .expert_width = 5, .hidden = std::move(hidden), .dropout = 0.3};
}

class MmoeNetworkTest : public testing::TestWithParam<MmoeShape> {
 protected:
  MmoeNetworkTest() {
    // Far from relu's corner and from gates that are all alike.
    for (int i = 0; i < parameters_.size(); ++i) fill_normal(parameters_.value(i), 0.7, random_);
  }
  std::vector<float> outputs(int task, RandomStream* noise) {
    network_.pack(parameters_);
    std::vector<float> y(kPairs);
    network_.forward(parameters_, task, users_, items_, noise, pass_, y);
    return y;
  }
  const Matrix& parameter(const std::string& name) const {
    for (int i = 0; i < parameters_.size(); ++i)
      if (parameters_[i].name == name) return parameters_.value(i);
    throw std::out_of_range(name);
  }
  std::vector<double> linear(const std::string& name, std::span<const float> x) const {
    const Matrix& weight = parameter(name + ".weight");
    std::vector<double> out;
    for (std::int64_t n = 0; n < weight.rows(); ++n) out.push_back(dot(weight.row(n).data(), x.data(), weight.cols()));
    return out;
  }
  // The formula of the header, with a tower of one layer or none.
  double plain(int task, std::int64_t pair) const {
    const std::string name = "task" + std::to_string(task);
    const MmoeShape& shape = network_.shape();
    const auto sum = [&](const std::string& user, const std::string& item) {
      std::vector<double> out = linear(user, users_.row(pair / 2)), more = linear(item, items_.row(pair));
      for (std::size_t i = 0; i < out.size(); ++i) out[i] += more[i] + parameter(item + ".bias").row(0)[i];
      return out;
    };
    const std::vector<double> experts = sum("experts.user", "experts.item"),
                              gate = sum(name + ".gate.user", name + ".gate.item");
    double all = 0;
    for (const double g : gate) all += std::exp(g);
    std::vector<double> state(shape.expert_width);
    for (int e = 0; e < shape.experts; ++e)
      for (std::int64_t d = 0; d < shape.expert_width; ++d)
        state[d] += std::exp(gate[e]) / all * std::max(0.0, experts[e * shape.expert_width + d]);
    if (!shape.hidden.empty()) {
      const std::vector<float> below(state.begin(), state.end());
      state = linear(name + ".tower.1", below);
      for (std::size_t i = 0; i < state.size(); ++i)
        state[i] = std::max(0.0, state[i] + parameter(name + ".tower.1.bias").row(0)[i]);
    }
    double y = parameter("bias").row(0)[task];
    for (int d = 0; d < 4; ++d)
      y += parameter(name + ".product").row(0)[d] * users_.row(pair / 2)[d] * items_.row(pair)[d];
    for (std::size_t i = 0; i < state.size(); ++i) y += parameter(name + ".tower.output").row(0)[i] * state[i];
    return y;
  }
  RandomStream random_{7, "mmoe"};
  Parameters parameters_;
  MmoeNetwork network_{GetParam(), parameters_, random_};
  Matrix users_ = random_matrix(kUsers, 4, random_), items_ = random_matrix(kPairs, 4, random_);
  MmoeNetwork::Pass pass_;
};

TEST_P(MmoeNetworkTest, IsItsFormula) {
  for (const int task : {0, 1}) {
    const std::vector<float> found = outputs(task, nullptr);
    for (std::int64_t n = 0; n < kPairs; ++n) EXPECT_NEAR(found[n], plain(task, n), 1e-4 * (1 + std::abs(found[n])));
  }
}

TEST_P(MmoeNetworkTest, HasTheGradientsOfItsNumbers) {
  const Matrix probe = random_matrix(1, kPairs, random_);
  for (const int task : {0, 1})
    for (const bool noisy : {false, true}) {
      const auto of = [&] {
        RandomStream noise(3, "noise");
        const std::vector<float> found = outputs(task, noisy ? &noise : nullptr);
        return inner({found.data(), 1, kPairs}, probe);
      };
      of();
      Gradients gradients(parameters_);
      Matrix d_users(kUsers, 4), d_items(kPairs, 4);
      network_.backward(parameters_, task, users_, items_, probe.row(0), pass_, d_users.view(), d_items.view(),
                        gradients);
      expect_gradient(users_, d_users, of, "users", 3e-4, 1e-2);
      expect_gradient(items_, d_items, of, "items", 3e-4, 1e-2);
      for (int i = 0; i < parameters_.size(); ++i)
        expect_gradient(parameters_.value(i), gradients[i], of, parameters_[i].name, 3e-4, 1e-2);
    }
}

TEST_P(MmoeNetworkTest, ItemsThatAreDescribedBeforeGiveTheSame) {
  const MmoeShape& shape = network_.shape();
  const Matrix probe = random_matrix(1, kPairs, random_);
  for (const int task : {0, 1}) {
    const std::vector<float> wanted = outputs(task, nullptr);
    Gradients gradients(parameters_);
    Matrix d_wanted(kUsers, 4), d_items(kPairs, 4);
    network_.backward(parameters_, task, users_, items_, probe.row(0), pass_, d_wanted.view(), d_items.view(),
                      gradients);

    Matrix experts(kPairs, shape.expert_numbers()), gates(kPairs, shape.experts), d_users(kUsers, 4);
    network_.describe_items(parameters_, task, items_, experts.view(), gates.view());
    std::vector<float> found(kPairs);
    network_.forward(parameters_, task, users_, items_, experts, gates, pass_, found);
    network_.user_backward(parameters_, task, users_, items_, probe.row(0), pass_, d_users.view());
    EXPECT_EQ(found, wanted);
    for (std::int64_t i = 0; i < kUsers * 4; ++i) EXPECT_NEAR(d_users.data()[i], d_wanted.data()[i], 1e-5);
  }
}

INSTANTIATE_TEST_SUITE_P(OfShapes, MmoeNetworkTest,
                         testing::Values(small_mmoe(3, {6}), small_mmoe(1, {6}), small_mmoe(2, {})));

}  // namespace
}  // namespace genre::neural
