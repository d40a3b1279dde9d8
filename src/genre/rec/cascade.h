// Two stages: one model finds candidates, another puts them in order. Source: Covington, Adams and Sargin, "Deep neural
// networks for YouTube recommendations", RecSys 2016.
#pragma once

#include "genre/rec/recommender.h"

namespace genre {

struct CascadeOptions : RecommenderOptions {
  std::shared_ptr<config::NamedOptions> candidates, ranker;  // recommenders
  int candidate_count = 500;
  CascadeOptions();  // item_knn, then ease
  std::string_view name() const override { return "cascade"; }
  void fields(config::Fields& f) override;
  std::unique_ptr<Recommender> build() const override;
  std::int64_t fit_bytes(const DataSize& size) const override;
  bool needs_item_vectors() const override;
  bool needs_item_texts() const override;
  std::string outside() const override;
  void connect(std::shared_ptr<const LanguageModels> models) override;
};

// score = the ranker's for the best `candidate_count` items of the candidate model that the history does not hold, and
// for the history itself; kMasked elsewhere.
class Cascade : public Recommender {
 public:
  Cascade(std::unique_ptr<Recommender> candidates, std::unique_ptr<Recommender> ranker, int candidate_count);
  std::string_view name() const override { return "cascade"; }
  void fit(const TrainingData& data) override;
  void score(std::span<const Query> queries, MatrixView scores) const override;
  bool personalises(const Query& query) const override;
  bool remembers_users() const override { return candidates_->remembers_users() || ranker_->remembers_users(); }
  bool asks_language_models() const override {
    return candidates_->asks_language_models() || ranker_->asks_language_models();
  }
  std::int64_t items() const override { return candidates_->items() == ranker_->items() ? ranker_->items() : 0; }
  void save(SafetensorsWriter& out, const std::string& prefix) const override;
  void load(const SafetensorsFile& in, const std::string& prefix) override;

 private:
  std::unique_ptr<Recommender> candidates_, ranker_;
  int candidate_count_;
};

}  // namespace genre
