// A factorisation machine and a tower of layers that read the same factors. Source: Guo, Tang, Ye, Li and He, "DeepFM:
// a factorization-machine based neural network for CTR prediction" (IJCAI 2017).
#pragma once

#include <string>
#include <vector>

#include "genre/rec/fm_inputs.h"
#include "genre/rec/pair_recommender.h"

namespace genre {

struct DeepFmOptions : RecommenderOptions {
  int factors = 64;
  std::vector<int> hidden = {64, 32};
  double dropout = 0.2;
  std::string side = "features";  // none, features, vectors, both
  double id_dropout = 0.1;
  int negatives = 4;
  int epochs = 20;
  int batch = 1024;
  double learning_rate = 0.003;
  double weight_decay = 0.1;
  std::string_view name() const override { return "deepfm"; }
  void fields(config::Fields& f) override;
  std::unique_ptr<Recommender> build() const override;
  std::int64_t fit_bytes(const DataSize& size) const override;
  bool needs_item_vectors() const override { return side == "vectors" || side == "both"; }
  // For items of so many fields.
  PairTraining training(std::int64_t item_fields) const;
};

// The inputs are those of Fm: the user, the item, the item's features and its text vector; each has a factor v_a (D)
// and a weight w_a. The factors of a field (features may be several) are added up to g, and
//
//   score = sum of w_a x_a + sum over pairs a < b of (v_a . v_b) x_a x_b + tower(p_u, g of each field of the item) + b
//
// without what depends on the user alone in the sums: PairNetwork with the vectors of FieldItems. Learnt as NeuMf
// learns, from interactions and items drawn beside them, for strangers too; these are drawn from what somebody touched:
// untouched items are no evidence of dislike. An item that nobody touched has no factor of its own, only its inputs';
// so that the tower knows such items, at each step an item's own inputs are left out with the probability id_dropout,
// where it has others.
class DeepFm : public PairRecommender {
 public:
  explicit DeepFm(DeepFmOptions options) : options_(std::move(options)) {}
  std::string_view name() const override { return "deepfm"; }
  void fit(const TrainingData& data) override;
  void load(const SafetensorsFile& in, const std::string& prefix) override;

 private:
  DeepFmOptions options_;
};

}  // namespace genre
