#include "genre/neural/graph_propagation.h"

#include "genre/base/thread_pool.h"
#include "genre/neural/gradient_check_test.h"

namespace genre::neural {
namespace {

constexpr std::int64_t kUsers = 150, kItems = 90;

// User 3 and item 5 have no neighbours; values say nothing.
CsrMatrix random_graph() {
  RandomStream random(3, "graph");
  std::vector<Triplet> edges;
  for (std::int32_t u = 0; u < kUsers; ++u)
    for (std::int32_t i = 0; i < kItems; ++i)
      if (u != 3 && i != 5 && random.uniform() < 0.1) edges.push_back({u, i, static_cast<float>(random.normal())});
  return csr_from_triplets(kUsers, kItems, std::move(edges));
}

NodeVectors random_vectors(std::int64_t width, RandomStream& random) {
  Matrix users = random_matrix(kUsers, width, random);
  return {std::move(users), random_matrix(kItems, width, random)};
}

NodeUses some_nodes(RandomStream& random) {
  NodeUses out{std::vector<std::int32_t>(kUsers), std::vector<std::int32_t>(kItems)};
  for (auto* const uses : {&out.users, &out.items})
    for (std::int32_t& times : *uses) times = static_cast<std::int32_t>(random.below(3));
  return out;
}

// The mean of layers, one after the other, over a dense matrix of all nodes, users first.
NodeVectors plain_propagation(const CsrMatrix& graph, int layers, const NodeVectors& x) {
  const std::int64_t width = x.users.cols(), nodes = kUsers + kItems;
  std::vector<double> adjacency(nodes * nodes), degree(nodes);
  for (std::int64_t u = 0; u < kUsers; ++u)
    for (const std::int32_t i : graph.row_indices(u)) ++degree[u], ++degree[kUsers + i];
  for (std::int64_t u = 0; u < kUsers; ++u)
    for (const std::int32_t i : graph.row_indices(u))
      adjacency[u * nodes + kUsers + i] = adjacency[(kUsers + i) * nodes + u] =
          1 / std::sqrt(degree[u] * degree[kUsers + i]);
  std::vector<double> of_layer(x.users.values().begin(), x.users.values().end());
  of_layer.insert(of_layer.end(), x.items.values().begin(), x.items.values().end());
  std::vector<double> sum = of_layer;
  for (int layer = 1; layer <= layers; ++layer) {
    std::vector<double> next(nodes * width);
    for (std::int64_t r = 0; r < nodes; ++r)
      for (std::int64_t c = 0; c < nodes; ++c)
        for (std::int64_t d = 0; d < width; ++d)
          next[r * width + d] += adjacency[r * nodes + c] * of_layer[c * width + d];
    of_layer = std::move(next);
    for (std::size_t n = 0; n < sum.size(); ++n) sum[n] += of_layer[n];
  }
  NodeVectors out = zero_vectors(kUsers, kItems, width);
  for (std::int64_t n = 0; n < nodes * width; ++n)
    (n < kUsers * width ? out.users.data()[n] : out.items.data()[n - kUsers * width]) =
        static_cast<float>(sum[n] / (layers + 1));
  return out;
}

void expect_near(ConstMatrixView found, ConstMatrixView expected) {
  for (std::int64_t n = 0; n < expected.rows() * expected.cols(); ++n)
    ASSERT_NEAR(found.data()[n], expected.data()[n], 1e-5) << n;
}

class LightGraph : public ::testing::TestWithParam<int> {
 protected:
  CsrMatrix graph_ = random_graph();
  RandomStream random_{7, "light graph"};
};

TEST_P(LightGraph, IsTheMeanOfPlainLayers) {
  for (const std::int64_t width : {1, 32, 40, 64}) {
    const NodeVectors x = random_vectors(width, random_), expected = plain_propagation(graph_, GetParam(), x);
    NodeVectors out = zero_vectors(kUsers, kItems, width);
    GraphPropagation(graph_, width).forward(GetParam(), x, out);
    expect_near(out.users, expected.users);
    expect_near(out.items, expected.items);
  }
}

TEST_P(LightGraph, WorksOutTheWantedRowsAlone) {
  const NodeVectors x = random_vectors(40, random_);
  const NodeUses wanted = some_nodes(random_);
  GraphPropagation propagation(graph_, 40);
  NodeVectors all = zero_vectors(kUsers, kItems, 40), some = random_vectors(40, random_);
  NodeVectors expected = some;
  propagation.forward(GetParam(), x, all);
  propagation.forward(GetParam(), x, wanted, some);
  for (std::int64_t u = 0; u < kUsers; ++u)
    if (wanted.users[u] != 0) std::ranges::copy(all.users.row(u), expected.users.row(u).data());
  for (std::int64_t i = 0; i < kItems; ++i)
    if (wanted.items[i] != 0) std::ranges::copy(all.items.row(i), expected.items.row(i).data());
  EXPECT_TRUE(std::ranges::equal(some.users.values(), expected.users.values()));
  EXPECT_TRUE(std::ranges::equal(some.items.values(), expected.items.values()));
}

TEST_P(LightGraph, HasTheGradientOfItsValue) {
  NodeVectors x = random_vectors(40, random_), probe = random_vectors(40, random_);
  const NodeUses used = some_nodes(random_);
  GraphPropagation propagation(graph_, 40);
  const auto value = [&] {
    NodeVectors out = zero_vectors(kUsers, kItems, 40);
    propagation.forward(GetParam(), x, used, out);  // other rows stay 0
    return inner(out.users, probe.users) + inner(out.items, probe.items);
  };
  NodeVectors d_x = zero_vectors(kUsers, kItems, 40);
  propagation.backward(GetParam(), probe, used, d_x);
  expect_gradient(x.users, d_x.users, value, "users", 1e-1);
  expect_gradient(x.items, d_x.items, value, "items", 1e-1);
}

TEST_P(LightGraph, AUserIsAShareOfItsOwnVectorAndTheSharesOfItems) {
  const NodeVectors x = random_vectors(40, random_);
  NodeVectors out = zero_vectors(kUsers, kItems, 40);
  GraphPropagation propagation(graph_, 40);
  propagation.forward(GetParam(), x, out);
  const Matrix shares = propagation.shares_of_items(GetParam(), x);
  for (std::int64_t u = 0; u < kUsers; ++u)
    for (std::int64_t d = 0; d < 40; ++d) {
      const auto items = graph_.row_indices(u);
      double sum = 0;
      for (const std::int32_t item : items) sum += shares.row(item)[d] / std::sqrt(static_cast<double>(items.size()));
      ASSERT_NEAR(out.users.row(u)[d], x.users.row(u)[d] / static_cast<float>(GetParam() + 1) + sum, 1e-5) << u;
    }
  for (std::int64_t d = 0; d < 40; ++d)  // nobody's, it has its layer 0 alone
    EXPECT_NEAR(shares.row(5)[d], x.items.row(5)[d] / static_cast<float>(GetParam() + 1), 1e-6);
}

TEST_P(LightGraph, TheNumberOfThreadsChangesNothing) {
  const NodeVectors x = random_vectors(64, random_);
  const auto propagated = [&] {
    NodeVectors out = zero_vectors(kUsers, kItems, 64);
    GraphPropagation(graph_, 64).forward(GetParam(), x, out);
    return out;
  };
  set_global_threads(3);
  const NodeVectors three = propagated();
  set_global_threads(1);
  const NodeVectors one = propagated();
  set_global_threads(0);
  EXPECT_TRUE(std::ranges::equal(three.users.values(), one.users.values()));
  EXPECT_TRUE(std::ranges::equal(three.items.values(), one.items.values()));
}

INSTANTIATE_TEST_SUITE_P(Layers, LightGraph, ::testing::Values(1, 2, 3));

}  // namespace
}  // namespace genre::neural
