// The propagation over a graph and the loss over preferences together, beside torch.
#include <gtest/gtest.h>

#include "genre/base/safetensors.h"
#include "genre/neural/bpr_loss.h"
#include "genre/neural/graph_propagation.h"

namespace genre::neural {
namespace {

class LightGraphGolden : public testing::TestWithParam<int> {
 protected:
  Matrix read(const std::string& name) const {
    const auto values = golden_.values<float>(name, {-1, -1});
    Matrix out(golden_.at(name).shape[0], golden_.at(name).shape[1]);
    std::ranges::copy(values, out.data());
    return out;
  }
  void expect_near(const std::string& name, ConstMatrixView found) const {
    const Matrix wanted = read(name);
    for (std::int64_t n = 0; n < wanted.rows() * wanted.cols(); ++n)
      EXPECT_NEAR(found.data()[n], wanted.data()[n], 1e-5) << name << ", " << n;
  }
  CsrMatrix edges() const {
    const auto ends = golden_.values<std::int32_t>("edges", {-1, 2});
    std::vector<Triplet> out;
    for (std::size_t e = 0; e < ends.size(); e += 2) out.push_back({ends[e], ends[e + 1], 1.0f});
    return csr_from_triplets(read("users").rows(), read("items").rows(), std::move(out));
  }

  const SafetensorsFile golden_{std::string(GENRE_SOURCE_DIR) + "/tests/golden/light_graph.safetensors"};
};

TEST_P(LightGraphGolden, VectorsLossAndGradientAreThoseOfTorch) {
  const std::string layers = std::to_string(GetParam());
  const CsrMatrix graph = edges();
  const NodeVectors embeddings{read("users"), read("items")};
  const std::int64_t width = embeddings.users.cols();
  NodeVectors vectors = zero_vectors(graph.rows, graph.cols, width), d_vectors = vectors, d_embeddings = vectors;
  GraphPropagation propagation(graph, width);
  propagation.forward(GetParam(), embeddings, vectors);
  expect_near(layers + "/vectors/users", vectors.users);
  expect_near(layers + "/vectors/items", vectors.items);

  std::vector<Preference> preferences;
  NodeUses used{std::vector<std::int32_t>(graph.rows), std::vector<std::int32_t>(graph.cols)};
  const auto numbers = golden_.values<std::int32_t>("preferences", {-1, 3});
  for (std::size_t n = 0; n < numbers.size(); n += 3) {
    preferences.push_back({numbers[n], numbers[n + 1], numbers[n + 2]});
    ++used.users[numbers[n]], ++used.items[numbers[n + 1]], ++used.items[numbers[n + 2]];
  }
  const float share = 1 / static_cast<float>(preferences.size());
  const double loss =
      BprLoss()(preferences, vectors.users, vectors.items, share, d_vectors.users.view(), d_vectors.items.view());
  EXPECT_NEAR(loss * share, golden_.values<float>(layers + "/loss")[0], 1e-5);
  propagation.backward(GetParam(), d_vectors, used, d_embeddings);
  expect_near(layers + "/gradient/users", d_embeddings.users);
  expect_near(layers + "/gradient/items", d_embeddings.items);
}

INSTANTIATE_TEST_SUITE_P(Layers, LightGraphGolden, testing::Values(1, 2, 3));

}  // namespace
}  // namespace genre::neural
