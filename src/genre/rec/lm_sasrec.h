// Sequential recommendation inside which a language model says what items are, so that new items and short histories
// are served too. Sources: Kang and McAuley, "Self-Attentive Sequential Recommendation" (ICDM 2018); whitened text
// through a learnt map, as Hou et al., "Towards universal sequence representation learning for recommender systems"
// (KDD 2022); ids left out by chance, so that text learns to do without, as Volkovs et al., "DropoutNet: addressing
// cold start in recommender systems" (NeurIPS 2017).
#pragma once

#include "genre/rec/sasrec.h"

namespace genre {

struct LmSasRecOptions : SasRecOptions {
  int components = 128;
  double id_dropout = 0.2;
  std::string_view name() const override { return "lm_sasrec"; }
  void fields(config::Fields& f) override;
  std::unique_ptr<Recommender> build() const override;
  std::int64_t fit_bytes(const DataSize& size) const override;
  bool needs_item_vectors() const override { return true; }
};

// SasRec in which the vector of an item is
//
//   its own + map . whitened vector of its text
//
// and in each step of training its own is left out with the chance id_dropout. The softmax runs over the items of
// training; an item without interactions has its text alone, and is masked where it has none. Words of a query stand as
// an item with that text in front of the history.
class LmSasRec : public Recommender, public FindsSimilarItems {
 public:
  explicit LmSasRec(LmSasRecOptions options) : options_(std::move(options)) {}
  std::string_view name() const override { return "lm_sasrec"; }
  void fit(const TrainingData& data) override;
  // Throws Error(kData) for a query text of another width.
  void score(std::span<const Query> queries, MatrixView scores) const override;
  bool personalises(const Query& query) const override { return !query.history.empty() || !query.text.empty(); }
  std::int64_t items() const override { return model_.items(); }
  void save(SafetensorsWriter& out, const std::string& prefix) const override;
  void load(const SafetensorsFile& in, const std::string& prefix) override;
  std::vector<ScoredIndex> similar_items(std::int32_t item, int k) const override;  // by cosine

 private:
  void set_text(Matrix map, std::vector<float> shift);

  LmSasRecOptions options_;
  NextItemModel model_;
  Matrix text_map_;                // D x L: what stands for a text's vector x is map . x + shift
  std::vector<float> text_shift_;  // D
  PackedMatrix packed_map_;        // L x D
};

}  // namespace genre
