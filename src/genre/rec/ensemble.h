// Several models in one: the weighted sum of their scores, brought to one scale. Sources: Burke, "Hybrid recommender
// systems: survey and experiments", UMUAI 2002 (weighted hybrid); Cormack, Clarke and Buettcher, "Reciprocal rank
// fusion outperforms Condorcet and individual rank learning methods", SIGIR 2009.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "genre/rec/recommender.h"

namespace genre {

// A recommender's own table, with `weight` beside its parameters.
struct EnsembleMember : config::NamedOptions {
  explicit EnsembleMember(std::shared_ptr<RecommenderOptions> options) : model(std::move(options)) {}
  std::shared_ptr<RecommenderOptions> model;
  double weight = 1;
  std::string_view name() const override { return model->name(); }
  void fields(config::Fields& f) override;
};

struct EnsembleOptions : RecommenderOptions {
  std::vector<std::shared_ptr<config::NamedOptions>> members;  // EnsembleMember
  std::string scale = "standard";                              // standard, min_max, reciprocal_rank
  EnsembleOptions();                                           // item_knn and ease
  std::string_view name() const override { return "ensemble"; }
  void fields(config::Fields& f) override;
  std::unique_ptr<Recommender> build() const override;  // throws Error(kConfig) without members
  bool needs_item_vectors() const override;
  bool needs_item_texts() const override;
  std::string outside() const override;
  void connect(std::shared_ptr<const LanguageModels> models) override;
  std::int64_t fit_bytes(const DataSize& size) const override;
};

// score = sum over members of weight * scaled score. Scales, over the items that a member scores for the query:
//   standard         (score - mean) / standard deviation
//   min_max          (score - lowest) / (highest - lowest)
//   reciprocal_rank  1 / (60 + rank)
// An item that a member masks has that member's lowest scaled score; one that all mask is kMasked. A member whose
// answer does not depend on the query is left out where another's does.
class Ensemble : public Recommender {
 public:
  struct Part {
    std::unique_ptr<Recommender> model;
    double weight;
  };
  Ensemble(std::vector<Part> parts, std::string scale) : parts_(std::move(parts)), scale_(std::move(scale)) {}
  std::string_view name() const override { return "ensemble"; }
  void fit(const TrainingData& data) override;
  void score(std::span<const Query> queries, MatrixView scores) const override;
  bool personalises(const Query& query) const override;
  bool remembers_users() const override;
  bool asks_language_models() const override {
    return std::ranges::any_of(parts_, [](const Part& part) { return part.model->asks_language_models(); });
  }
  std::int64_t items() const override;  // 0 where members disagree
  void save(SafetensorsWriter& out, const std::string& prefix) const override;
  void load(const SafetensorsFile& in, const std::string& prefix) override;

 private:
  std::vector<Part> parts_;
  std::string scale_;
};

}  // namespace genre
