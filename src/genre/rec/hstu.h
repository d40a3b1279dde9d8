// Sequential recommendation by hierarchical sequential transduction units. Source: Zhai et al., "Actions Speak Louder
// than Words: Trillion-Parameter Sequential Transducers for Generative Recommendations" (ICML 2024).
#pragma once

#include "genre/rec/next_item_recommender.h"

namespace genre {

// A NextItemRecommender whose items have vectors of their own alone, and whose history is read by transduction units
// (neural/hstu_reader.h): items alone, without the paper's actions and times, which no query has.
struct HstuOptions : NextItemOptions {
  int layers = 2, heads = 2;
  std::string_view name() const override { return "hstu"; }
  void fields(config::Fields& f) override;
  NextItemPlan plan() const override;  // throws Error(kConfig) where heads cannot share the factors
};

}  // namespace genre
