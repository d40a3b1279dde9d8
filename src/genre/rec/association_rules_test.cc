#include "genre/rec/association_rules.h"

#include <gtest/gtest.h>

#include "genre/rec/small_world_test.h"

namespace genre {
namespace {

bool has(const CsrMatrix& matrix, std::int32_t row, std::int32_t col) {
  const auto indices = matrix.row_indices(row);
  return std::binary_search(indices.begin(), indices.end(), col);
}

// Every rule by counting users.
std::vector<std::vector<double>> counted(const CsrMatrix& interactions, const AssociationRulesOptions& options) {
  const auto items = static_cast<std::int32_t>(interactions.cols), users = static_cast<std::int32_t>(interactions.rows);
  std::vector<std::vector<double>> out(items, std::vector<double>(items, 0.0));
  for (std::int32_t i = 0; i < items; ++i) {
    std::vector<ScoredIndex> rules;
    for (std::int32_t j = 0; j < items; ++j) {
      int of_i = 0, of_j = 0, both = 0, active = 0;
      for (std::int32_t u = 0; u < users; ++u) {
        of_i += has(interactions, u, i) ? 1 : 0;
        of_j += has(interactions, u, j) ? 1 : 0;
        both += has(interactions, u, i) && has(interactions, u, j) ? 1 : 0;
        active += interactions.row_indices(u).empty() ? 0 : 1;
      }
      if (i == j || both < options.min_support) continue;
      const double confidence = static_cast<double>(both) / of_i;
      rules.push_back({j, static_cast<float>(options.measure == "lift" ? confidence * active / of_j : confidence)});
    }
    for (const auto& [j, strength] : best_positive(rules, options.neighbours)) out[i][j] = strength;
  }
  return out;
}

TEST(AssociationRules, EqualTheCountsOfUsers) {
  const SmallWorld world = small_world(50, 30, 5);
  for (const auto* measure : {"confidence", "lift"}) {
    for (const int min_support : {1, 3}) {
      AssociationRulesOptions options;
      options.measure = measure;
      options.min_support = min_support;
      options.neighbours = 6;
      AssociationRules model(options);
      model.fit(world.data());
      const auto wanted = counted(world.interactions, options);
      for (std::int32_t user = 0; user < 50; ++user) {
        const auto history = world.interactions.row_indices(user);
        const auto scores = scores_of(model, {.history = history});
        for (std::int32_t j = 0; j < 30; ++j) {
          double sum = 0;
          for (const std::int32_t i : history) sum += wanted[i][j];
          EXPECT_NEAR(scores[j], sum, 1e-5 * (1 + sum)) << measure << " " << min_support;
        }
      }
    }
  }
}

TEST(AssociationRules, UsersWithoutInteractionsDoNotCountInLift) {
  AssociationRulesOptions options;
  options.measure = "lift";
  options.min_support = 1;
  const CsrMatrix interactions = csr_from_triplets(5, 2, {{0, 0, 1}, {0, 1, 1}, {2, 0, 1}});
  AssociationRules model(options);
  model.fit({interactions, {}, 7});
  EXPECT_EQ(model.weights().values, (std::vector<float>{1, 1}));  // 1 * 2 / (2 * 1)
}

TEST(AssociationRules, RareRulesAreDropped) {
  AssociationRulesOptions options;
  options.min_support = 2;
  const CsrMatrix interactions =
      csr_from_triplets(3, 3, {{0, 0, 1}, {0, 1, 1}, {1, 0, 1}, {1, 1, 1}, {2, 0, 1}, {2, 2, 1}});
  AssociationRules model(options);
  model.fit({interactions, {}, 7});
  EXPECT_EQ(model.weights().indices, (std::vector<std::int32_t>{1, 0}));
  const std::vector<std::int32_t> rare = {2};
  EXPECT_FALSE(model.personalises({.history = rare}));
}

// What is left of each row is that of a fit of all, though rows are cut and rare rules dropped in between.
TEST(AssociationRules, UpdatesGiveTheRulesOfAFitOfAll) {
  for (const std::uint64_t seed : {1, 2, 3}) {
    const SmallWorld world = small_world(70, 160, seed);
    RandomStream random(seed, "stages");
    for (const auto* measure : {"confidence", "lift"}) {
      for (const int neighbours : {1, 5, 1000}) {
        for (const double share : {0.01, 0.5}) {
          AssociationRulesOptions options;
          options.measure = measure;
          options.min_support = 1 + static_cast<int>(random.below(3));
          options.neighbours = neighbours;
          std::vector<Triplet> old, fresh;
          for (std::int32_t u = 0; u < 70; ++u)
            for (const std::int32_t i : world.interactions.row_indices(u))
              (u >= 60 || random.uniform() < share ? fresh : old).push_back({u, i, 1.0f});
          const CsrMatrix before = csr_from_triplets(70, 160, old), more = csr_from_triplets(70, 160, fresh);
          AssociationRules grown(options), whole(options);
          grown.fit({before, {}, 7});
          grown.update({before, {}, 7}, {more, {}, 7});
          whole.fit({world.interactions, {}, 7});
          EXPECT_EQ(grown.weights().offsets, whole.weights().offsets) << measure << " " << neighbours << " " << share;
          EXPECT_EQ(grown.weights().indices, whole.weights().indices) << measure << " " << neighbours << " " << share;
          EXPECT_EQ(grown.weights().values, whole.weights().values) << measure << " " << neighbours << " " << share;
        }
      }
    }
  }
}

}  // namespace
}  // namespace genre
