#include "genre/neural/text_nodes.h"

#include "genre/base/thread_pool.h"
#include "genre/neural/gradient_check_test.h"

namespace genre::neural {
namespace {

constexpr std::int64_t kPeople = 11, kTexts = 7, kLetters = 5, kHidden = 6, kOut = 3;

class SomeTextNodes : public ::testing::Test {
 protected:
  SomeTextNodes() {
    for (int i = 0; i < parameters_.size(); ++i) fill_normal(parameters_.value(i), 1, random_);
  }
  // User 4 has no items; values say nothing.
  static CsrMatrix graph() {
    RandomStream random(3, "graph");
    std::vector<Triplet> edges;
    for (std::int32_t u = 0; u < kPeople; ++u)
      for (std::int32_t i = 0; i < kTexts; ++i)
        if (u != 4 && random.uniform() < 0.4) edges.push_back({u, i, static_cast<float>(random.normal())});
    return csr_from_triplets(kPeople, kTexts, std::move(edges));
  }
  NodeVectors forward() {
    NodeVectors out = zero_vectors(kPeople, kTexts, kOut);
    nodes_.forward(parameters_, out);
    return out;
  }
  // The two layers, one number after the other.
  std::vector<double> plain(std::span<const double> text) const {
    std::vector<double> out(kOut);
    for (std::int64_t d = 0; d < kOut; ++d) out[d] = parameters_.value(3).data()[d];
    for (std::int64_t h = 0; h < kHidden; ++h) {
      double sum = parameters_.value(1).data()[h];
      for (std::int64_t p = 0; p < kLetters; ++p) sum += parameters_.value(0).row(h)[p] * text[p];
      for (std::int64_t d = 0; d < kOut; ++d) out[d] += parameters_.value(2).row(d)[h] * (sum < 0 ? sum / 100 : sum);
    }
    return out;
  }
  const CsrMatrix graph_ = graph();
  RandomStream random_{7, "nodes"};
  const Matrix text_ = random_matrix(kTexts, kLetters, random_);
  Parameters parameters_;
  TextNodes nodes_{graph_, text_, kHidden, kOut, parameters_, random_};
};

TEST_F(SomeTextNodes, AreTheNetworkOfAnItemsTextAndOfTheMeanOfAUsersTexts) {
  const NodeVectors found = forward();
  for (std::int64_t i = 0; i < kTexts; ++i) {
    const std::vector<double> wanted = plain(std::vector<double>(text_.row(i).begin(), text_.row(i).end()));
    for (std::int64_t d = 0; d < kOut; ++d) EXPECT_NEAR(found.items.row(i)[d], wanted[d], 1e-5) << i;
  }
  for (std::int64_t u = 0; u < kPeople; ++u) {
    const auto items = graph_.row_indices(u);
    if (items.empty()) continue;
    std::vector<double> mean(kLetters);
    for (const std::int32_t i : items)
      for (std::int64_t p = 0; p < kLetters; ++p) mean[p] += text_.row(i)[p] / static_cast<double>(items.size());
    const std::vector<double> wanted = plain(mean);
    for (std::int64_t d = 0; d < kOut; ++d) EXPECT_NEAR(found.users.row(u)[d], wanted[d], 1e-5) << u;
  }
}

TEST_F(SomeTextNodes, HaveTheGradientsOfTheirVectors) {
  NodeVectors probe = zero_vectors(kPeople, kTexts, kOut);
  fill_normal(probe.users, 1, random_);
  fill_normal(probe.items, 1, random_);
  std::ranges::fill(probe.users.row(4), 0.0f);
  // Far from the kink, where differences tell no slope.
  for (std::int64_t h = 0; h < kHidden; ++h) parameters_.value(1).data()[h] = h % 2 == 0 ? -12.0f : 12.0f;
  const auto value = [&] {
    const NodeVectors found = forward();
    return inner(found.users, probe.users) + inner(found.items, probe.items);
  };
  value();
  std::vector<Gradients> parts(TextNodes::kParts, Gradients(parameters_));
  nodes_.backward(probe, parts);
  sum_gradients(parts);
  for (int i = 0; i < parameters_.size(); ++i)
    expect_gradient(parameters_.value(i), parts.front()[i], value, parameters_[i].name);
}

TEST_F(SomeTextNodes, TheNumberOfThreadsChangesNothing) {
  const auto gradients = [&](int threads) {
    set_global_threads(threads);
    const NodeVectors found = forward();
    std::vector<Gradients> parts(TextNodes::kParts, Gradients(parameters_));
    nodes_.backward(found, parts);
    sum_gradients(parts);
    return parts.front();
  };
  const Gradients one = gradients(1), three = gradients(3);
  set_global_threads(0);
  for (int i = 0; i < one.size(); ++i) EXPECT_TRUE(std::ranges::equal(one[i].values(), three[i].values())) << i;
}

}  // namespace
}  // namespace genre::neural
