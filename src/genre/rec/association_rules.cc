#include "genre/rec/association_rules.h"

#include <utility>

#include "genre/base/thread_pool.h"
#include "genre/rec/tensors.h"

namespace genre {

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
  const std::int64_t items = by_item.rows;
  double users = 0;
  for (std::int64_t user = 0; user < by_user.rows; ++user) users += by_user.row_indices(user).empty() ? 0 : 1;
  const auto count = [&](std::int64_t item) { return static_cast<double>(by_item.row_indices(item).size()); };

  std::vector<std::vector<ScoredIndex>> rules(items);
  global_pool().parallel_for(items, 64, [&](std::size_t begin, std::size_t end, int) {
    std::vector<std::int32_t> together(items, 0), touched;
    for (std::size_t item = begin; item < end; ++item) {
      touched.clear();
      for (const std::int32_t user : by_item.row_indices(static_cast<std::int64_t>(item)))
        for (const std::int32_t other : by_user.row_indices(user))
          if (together[other]++ == 0) touched.push_back(other);
      auto& out = rules[item];
      for (const std::int32_t other : touched) {
        const std::int32_t support = std::exchange(together[other], 0);
        if (other == static_cast<std::int32_t>(item) || support < options_.min_support) continue;
        const double confidence = support / count(static_cast<std::int64_t>(item));
        out.push_back(
            {other, static_cast<float>(options_.measure == "lift" ? confidence * users / count(other) : confidence)});
      }
      keep_best(out, options_.neighbours);
    }
  });
  set_weights(csr_from_lists(std::move(rules)));
}

}  // namespace genre
