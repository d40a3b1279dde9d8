#include "genre/rec/association_rules.h"

#include <algorithm>
#include <utility>

#include "genre/base/thread_pool.h"
#include "genre/rec/tensors.h"
#include "genre/rec/updates.h"

namespace genre {
namespace {

constexpr std::size_t kBlock = 64;  // items whose counts an update holds at a time

struct Support {
  std::int32_t other, users;
};

// Who has one item and another. Dense scratch that is all zero between calls.
class SupportRow {
 public:
  SupportRow(const CsrMatrix& by_user, const CsrMatrix& by_item)
      : by_user_(by_user), by_item_(by_item), together_(by_item.rows, 0) {}

  // Of every other item that `min_support` users have beside `item`, in no order; valid until the next call.
  const std::vector<Support>& of(std::int32_t item, int min_support) {
    touched_.clear();
    for (const std::int32_t user : by_item_.row_indices(item))
      for (const std::int32_t other : by_user_.row_indices(user))
        if (together_[other]++ == 0) touched_.push_back(other);
    found_.clear();
    for (const std::int32_t other : touched_) {
      const std::int32_t users = std::exchange(together_[other], 0);
      if (other != item && users >= min_support) found_.push_back({other, users});
    }
    return found_;
  }

 private:
  const CsrMatrix& by_user_;
  const CsrMatrix& by_item_;
  std::vector<std::int32_t> together_, touched_;
  std::vector<Support> found_;
};

double users_of(const CsrMatrix& by_item, std::int32_t item) {
  return static_cast<double>(by_item.row_indices(item).size());
}

}  // namespace

void AssociationRulesOptions::fields(config::Fields& f) {
  f.choice("measure", measure, {"confidence", "lift"}, "strength of a rule");
  f.integer("min_support", min_support, {.minimum = 1, .maximum = 1e9}, "users that a rule must rest on");
  f.integer("neighbours", neighbours, {.minimum = 1, .maximum = 1e6}, "strongest rules that each item keeps");
}

std::unique_ptr<Recommender> AssociationRulesOptions::build() const {
  return std::make_unique<AssociationRules>(*this);
}

void AssociationRules::fit(const TrainingData& data) {
  require_interactions(name(), data);
  const CsrMatrix& by_user = data.interactions;
  const CsrMatrix by_item = transpose(by_user);
  const bool lift = options_.measure == "lift";
  double users = 0;
  for (std::int64_t user = 0; user < by_user.rows; ++user) users += by_user.row_indices(user).empty() ? 0 : 1;

  std::vector<std::vector<ScoredIndex>> rules(by_item.rows);
  global_pool().parallel_for(by_item.rows, 64, [&](std::size_t begin, std::size_t end, int) {
    SupportRow row(by_user, by_item);
    for (std::size_t i = begin; i < end; ++i) {
      const auto item = static_cast<std::int32_t>(i);
      for (const auto& [other, support] : row.of(item, options_.min_support)) {
        const double confidence = support / users_of(by_item, item);
        rules[i].push_back(
            {other, static_cast<float>(lift ? confidence * users / users_of(by_item, other) : confidence)});
      }
      keep_best(rules[i], options_.neighbours);
    }
  });
  set_weights(csr_from_lists(std::move(rules)));
}

void AssociationRules::update(const TrainingData& before, const TrainingData& more) {
  require_update(*this, before, more);
  if (more.interactions.indices.empty()) return;
  const CsrMatrix by_user = sum_of(before.interactions, more.interactions);
  if (options_.measure == "lift") return fit({.interactions = by_user, .item_vectors = {}});
  const CsrMatrix by_item = transpose(by_user);
  std::vector<std::int32_t> fresh = more.interactions.indices;
  std::sort(fresh.begin(), fresh.end());
  fresh.erase(std::unique(fresh.begin(), fresh.end()), fresh.end());
  const auto is_fresh = [&](std::int32_t item) { return std::binary_search(fresh.begin(), fresh.end(), item); };

  std::vector<std::vector<ScoredIndex>> rules(by_item.rows);
  for (std::int64_t item = 0; item < by_item.rows; ++item) {
    if (is_fresh(static_cast<std::int32_t>(item))) continue;
    const auto others = weights().row_indices(item);
    const auto strengths = weights().row_values(item);
    for (std::size_t n = 0; n < others.size(); ++n)
      if (!is_fresh(others[n])) rules[item].push_back({others[n], strengths[n]});
  }
  const auto most = 2 * static_cast<std::size_t>(options_.neighbours);
  std::vector<std::vector<Support>> counts(kBlock);
  for (std::size_t first = 0; first < fresh.size(); first += kBlock) {
    const std::size_t block = std::min(kBlock, fresh.size() - first);
    global_pool().parallel_for(block, 8, [&](std::size_t begin, std::size_t end, int) {
      SupportRow row(by_user, by_item);
      for (std::size_t b = begin; b < end; ++b) counts[b] = row.of(fresh[first + b], options_.min_support);
    });
    for (std::size_t b = 0; b < block; ++b) {
      const std::int32_t item = fresh[first + b];
      for (const auto& [other, support] : counts[b]) {
        rules[item].push_back({other, static_cast<float>(support / users_of(by_item, item))});
        if (is_fresh(other)) continue;
        rules[other].push_back({item, static_cast<float>(support / users_of(by_item, other))});
        if (rules[other].size() > most) keep_best(rules[other], options_.neighbours);
      }
      keep_best(rules[item], options_.neighbours);
    }
  }
  for (auto& row : rules) keep_best(row, options_.neighbours);
  set_weights(csr_from_lists(std::move(rules)));
}

}  // namespace genre
