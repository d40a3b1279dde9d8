// The propagation over a graph and the loss over preferences together, beside torch.
#include "genre/neural/bpr_loss.h"
#include "genre/neural/golden_tensors_test.h"
#include "genre/neural/graph_propagation.h"

namespace genre::neural {
namespace {

class LightGraphGolden : public testing::TestWithParam<int> {
 protected:
  CsrMatrix edges() const {
    const auto ends = golden_.file().values<std::int32_t>("edges", {-1, 2});
    std::vector<Triplet> out;
    for (std::size_t e = 0; e < ends.size(); e += 2) out.push_back({ends[e], ends[e + 1], 1.0f});
    return csr_from_triplets(golden_.read("users").rows(), golden_.read("items").rows(), std::move(out));
  }

  const GoldenTensors golden_{"light_graph"};
};

TEST_P(LightGraphGolden, VectorsLossAndGradientAreThoseOfTorch) {
  const std::string layers = std::to_string(GetParam());
  const CsrMatrix graph = edges();
  const NodeVectors embeddings{golden_.read("users"), golden_.read("items")};
  const std::int64_t width = embeddings.users.cols();
  NodeVectors vectors = zero_vectors(graph.rows, graph.cols, width), d_vectors = vectors, d_embeddings = vectors;
  GraphPropagation propagation(graph, width);
  propagation.forward(GetParam(), embeddings, vectors);
  golden_.expect_near(layers + "/vectors/users", vectors.users);
  golden_.expect_near(layers + "/vectors/items", vectors.items);

  std::vector<Preference> preferences;
  NodeUses used{std::vector<std::int32_t>(graph.rows), std::vector<std::int32_t>(graph.cols)};
  const auto numbers = golden_.file().values<std::int32_t>("preferences", {-1, 3});
  for (std::size_t n = 0; n < numbers.size(); n += 3) {
    preferences.push_back({numbers[n], numbers[n + 1], numbers[n + 2]});
    ++used.users[numbers[n]], ++used.items[numbers[n + 1]], ++used.items[numbers[n + 2]];
  }
  const float share = 1 / static_cast<float>(preferences.size());
  const double loss =
      BprLoss()(preferences, vectors.users, vectors.items, share, d_vectors.users.view(), d_vectors.items.view());
  EXPECT_NEAR(loss * share, golden_.number(layers + "/loss"), 1e-5);
  propagation.backward(GetParam(), d_vectors, used, d_embeddings);
  golden_.expect_near(layers + "/gradient/users", d_embeddings.users);
  golden_.expect_near(layers + "/gradient/items", d_embeddings.items);
}

INSTANTIATE_TEST_SUITE_P(Layers, LightGraphGolden, testing::Values(1, 2, 3));

}  // namespace
}  // namespace genre::neural
