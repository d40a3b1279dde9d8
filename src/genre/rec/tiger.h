// Recommendation by generation: items are named by codes that their texts have in common, and a transformer tells the
// codes of the next one. Source: Rajput et al., "Recommender Systems with Generative Retrieval" (NeurIPS 2023), with a
// decoder alone in place of encoder and decoder.
#pragma once

#include "genre/rec/code_generator.h"
#include "genre/rec/item_quantiser.h"

namespace genre {

struct TigerOptions : RecommenderOptions {
  int factors = 64;
  int layers = 2, heads = 2;
  int inner = 256;
  int length = 20;
  double dropout = 0.2;
  int epochs = 40;
  int batch = 128;
  double learning_rate = 0.003;
  std::string schedule = "linear";
  double weight_decay = 0;
  int beams = 50;
  ItemQuantiserOptions quantiser;
  std::string_view name() const override { return "tiger"; }
  void fields(config::Fields& f) override;
  std::unique_ptr<Recommender> build() const override;  // throws Error(kConfig) where heads cannot share the factors
  std::int64_t fit_bytes(const DataSize& size) const override;
  bool needs_item_vectors() const override { return true; }
  TigerTraining training() const;                      // throws as build does
  int levels() const { return quantiser.levels + 1; }  // of ids, with the code that tells equals apart
};

// An item is the codes of its text (item_quantiser.h) and one more (SemanticIds::of_codes). score is the log
// probability of the item's id behind the newest `length` items of the history, for the items that a beam search of
// `beams` beginnings comes to (code_generator.h); kMasked for all others, and for all behind an empty history.
// find_best searches among the items that may be ranked, with a beam of at least k, so that it finds k of them where
// there are as many; where `beams` is the catalogue's size or more, both are exact and the same.
//
// An item that nobody has touched is found by its text. One without text that somebody has touched is found by a code
// of its own, one with neither is masked. A user is nothing but a history. Event weights and words are not used.
// Without times the order of interactions is that of ids, which says little.
class Tiger : public Recommender, public FindsSimilarItems, public FindsBest {
 public:
  explicit Tiger(TigerOptions options) : options_(std::move(options)) {}
  std::string_view name() const override { return "tiger"; }
  void fit(const TrainingData& data) override;
  void score(std::span<const Query> queries, MatrixView scores) const override;
  std::vector<ScoredIndex> find_best(const Query& query, const RankOptions& options) const override;
  bool personalises(const Query& query) const override;  // where an item of the history has an id
  bool gains_from_many_queries() const override { return false; }
  std::int64_t items() const override { return generator_.items(); }
  void save(SafetensorsWriter& out, const std::string& prefix) const override;
  void load(const SafetensorsFile& in, const std::string& prefix) override;
  // By cosine of what the codes of the texts stand for; none for an item without text.
  std::vector<ScoredIndex> similar_items(std::int32_t item, int k) const override;

 private:
  TigerOptions options_;
  CodeGenerator generator_;
  Matrix vectors_;  // I x quantiser.factors: of the texts' codes
};

}  // namespace genre
