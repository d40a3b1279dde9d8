// Self-attentive sequential recommendation: what comes next, from the order of what came before. Source: Kang and
// McAuley, "Self-Attentive Sequential Recommendation" (ICDM 2018), trained on the whole catalogue as Klenitskiy and
// Vasilev, "Turning Dross Into Gold Loss: is BERT4Rec really better than SASRec?" (RecSys 2023), advise.
#pragma once

#include <memory>

#include "genre/rec/next_item_model.h"
#include "genre/rec/next_item_training.h"

namespace genre {

struct SasRecOptions : RecommenderOptions {
  int factors = 64;
  int layers = 2, heads = 2;
  int inner = 256;
  int length = 50;
  double dropout = 0.4;
  int epochs = 20;
  int batch = 128;
  double learning_rate = 0.001;
  double weight_decay = 0;
  std::string_view name() const override { return "sasrec"; }
  void fields(config::Fields& f) override;
  std::unique_ptr<Recommender> build() const override;
  std::int64_t fit_bytes(const DataSize& size) const override;
  // Throws Error(kConfig) where heads cannot share the factors.
  NextItemTraining training() const;
};

// score of item j = state . item vector j, where the state is that of the newest history item in a causal transformer
// (neural/causal_transformer.h) over the item vectors of the history, the last `length` of it. Minimises, by Adam, the
// mean over each user's training interactions but the first of
//
//   -log softmax over all items (state behind those before . item vectors)[item]
//
// Longer histories are learnt from in pieces. The result does not depend on the number of threads. Event weights are
// not used. A user is nothing but a history, so that strangers are answered as well as anybody. Without times the order
// of interactions is that of ids, which says little.
class SasRec : public Recommender, public FindsSimilarItems {
 public:
  explicit SasRec(SasRecOptions options) : options_(std::move(options)) {}
  std::string_view name() const override { return "sasrec"; }
  void fit(const TrainingData& data) override;
  void score(std::span<const Query> queries, MatrixView scores) const override;
  bool personalises(const Query& query) const override { return !query.history.empty(); }
  std::int64_t items() const override { return model_.items(); }
  void save(SafetensorsWriter& out, const std::string& prefix) const override;
  void load(const SafetensorsFile& in, const std::string& prefix) override;
  std::vector<ScoredIndex> similar_items(std::int32_t item, int k) const override;  // by cosine

 private:
  SasRecOptions options_;
  NextItemModel model_;
};

}  // namespace genre
