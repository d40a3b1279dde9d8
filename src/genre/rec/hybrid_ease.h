// EASE with the texts of the items as side information, still in closed form. Sources: Jeunen, Van Balen and Goethals,
// "Closed-form models for collaborative filtering with side-information", RecSys 2020 (the collective variant), with
// the vectors of a language model in place of tags.
#pragma once

#include "genre/rec/dense_item_item.h"

namespace genre {

struct HybridEaseOptions : RecommenderOptions {
  double l2 = 300.0;
  double text_weight = -1;
  int cold_neighbours = 30;
  double cold_weight = 0.01;
  std::string_view name() const override { return "hybrid_ease"; }
  void fields(config::Fields& f) override;
  std::unique_ptr<Recommender> build() const override;
  std::int64_t fit_bytes(const DataSize& size) const override {
    return 16 * size.items * size.items + 4 * size.items * size.dimension;
  }
  bool needs_item_vectors() const override { return true; }
};

// Minimises |X - X B|^2 + a |V^T - V^T B|^2 + l2 |B|^2 subject to diag(B) = 0: each of the D dimensions of the centred
// item vectors V (I x D) counts as one more user, so items are also asked to be predictable from items of like text.
// a = text_weight * trace(X^T X) / trace(V V^T): at 1, text has as much energy as behaviour; at 0 this is EASE, bit for
// bit.
//
// text_weight = -1 lets fit choose it: a fifth of every user's interactions is held out (seeded) and each weight of a
// short list, 0 among them, is fitted on the rest. The one with the best NDCG@20 on the held-out part must then beat 0
// on a second hold-out in a paired randomisation test at 5 %, else it is 0. Then all data is fitted once: eight fits in
// place of one. Items without interactions cannot take part in that choice.
//
// An item that nobody touched would get its column from text alone, and as that column also has to reproduce its zeros
// in X, it would be next to zero. With cold_weight > 0 it takes the blended columns of `cold_neighbours` items of like
// text instead (cold_columns.h). By default that puts such items in order behind what the model is sure of, so that
// lists of other items stay as they are; at 1 they compete, and every place they win is lost to an item with
// interactions.
class HybridEase : public DenseItemItem {
 public:
  explicit HybridEase(HybridEaseOptions options) : options_(std::move(options)) {}
  std::string_view name() const override { return "hybrid_ease"; }
  void fit(const TrainingData& data) override;
  void save(SafetensorsWriter& out, const std::string& prefix) const override;
  void load(const SafetensorsFile& in, const std::string& prefix) override;

  double text_weight() const { return text_weight_.empty() ? 0.0 : text_weight_[0]; }  // as given or chosen

 private:
  HybridEaseOptions options_;
  std::vector<double> text_weight_;  // one number, or none before fit
};

}  // namespace genre
