// Two towers: one network makes vectors of items, another one of histories, and a product compares them. Any item side,
// any reader of histories and any comparison go together. Sources: Huang et al., "Learning Deep Structured Semantic
// Models for Web Search using Clickthrough Data" (CIKM 2013); Covington, Adams and Sargin, "Deep Neural Networks for
// YouTube Recommendations" (RecSys 2016); Yi et al., "Sampling-Bias-Corrected Neural Modeling for Large Corpus Item
// Recommendations" (RecSys 2019).
#pragma once

#include <string>
#include <vector>

#include "genre/rec/next_item_recommender.h"
#include "genre/rec/user_encoder.h"

namespace genre {

struct ItemEncoderOptions {
  std::vector<std::string> parts = {"id"};  // id, text, words, features: their sum
  int components = 128;
  double id_dropout = 0.2;
  void fields(config::Fields& f);
  bool has(std::string_view part) const;
};

struct ScorerOptions {
  std::string name = "dot";  // dot, cosine
  double temperature = 0.07;
  void fields(config::Fields& f);
};

// A NextItemRecommender of chosen parts.
struct TwoTowerOptions : NextItemOptions {
  ItemEncoderOptions item_encoder;
  std::shared_ptr<config::NamedOptions> user_encoder;  // UserEncoderOptions
  ScorerOptions scorer;
  TwoTowerOptions();
  std::string_view name() const override { return "two_tower"; }
  void fields(config::Fields& f) override;
  NextItemPlan plan() const override;  // throws Error(kConfig) for an unknown part, or none
  bool needs_item_texts() const override { return item_encoder.has("words"); }
  bool needs_item_vectors() const override { return item_encoder.has("text") || NextItemOptions::needs_item_vectors(); }
};

}  // namespace genre
