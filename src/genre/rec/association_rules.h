// Pairwise association rules: who took i took j. Sources: Agrawal, Imielinski and Swami, "Mining association rules
// between sets of items in large databases", SIGMOD 1993; lift: Brin, Motwani, Ullman and Tsur, SIGMOD 1997.
#pragma once

#include <algorithm>
#include <string>

#include "genre/rec/sparse_item_item.h"

namespace genre {

struct AssociationRulesOptions : RecommenderOptions {
  std::string measure = "confidence";  // confidence, lift
  int min_support = 2;
  int neighbours = 200;
  std::string_view name() const override { return "association_rules"; }
  void fields(config::Fields& f) override;
  std::unique_ptr<Recommender> build() const override;
  std::int64_t fit_bytes(const DataSize& size) const override {
    return 16 * size.items * std::min<std::int64_t>(size.items, neighbours) + 16 * size.interactions + 64 * size.items +
           8 * size.users;
  }
};

// score of item j = sum over history items i of value(i) * rule(i -> j), with n(i) the users of i, n(i, j) those of
// both:
//   confidence   n(i, j) / n(i)
//   lift         n(i, j) U / (n(i) n(j)), U the users with an interaction; above 1: together more often than by chance
// Rules on fewer than `min_support` users are dropped; each item keeps its `neighbours` strongest rules, equal ones in
// the order of ids. Looks at who, not at values. About sum over users of n^2 additions. Memory: 8 I neighbours bytes,
// twice that and the interactions by item while fitting.
class AssociationRules : public SparseItemItem, public UpdatesIncrementally {
 public:
  explicit AssociationRules(AssociationRulesOptions options) : options_(std::move(options)) {}
  std::string_view name() const override { return "association_rules"; }
  void fit(const TrainingData& data) override;
  // The weights become those of a fit of all, bit for bit. confidence: only the rows of the items of `more` are counted
  // again; i -> j for another i can only have grown, so that row takes up j from the counts of j. Memory: three times
  // the weights. lift: everything is counted again, because a new user of j weakens i -> j for every i, and the rules
  // that would then take its place are forgotten.
  void update(const TrainingData& before, const TrainingData& more) override;

 private:
  AssociationRulesOptions options_;
};

}  // namespace genre
