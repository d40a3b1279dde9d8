// Neural collaborative filtering: a learnt function of user and item in place of a product. Source: He, Liao, Zhang,
// Nie, Hu and Chua, "Neural Collaborative Filtering" (WWW 2017).
#pragma once

#include "genre/rec/pair_recommender.h"

namespace genre {

struct NeuMfOptions : RecommenderOptions {
  std::string parts = "both";  // both, gmf, mlp
  int factors = 64;
  std::vector<int> hidden = {64, 32};
  double dropout = 0.3;
  int negatives = 4;
  int epochs = 10;
  int batch = 1024;
  double learning_rate = 0.001;
  double weight_decay = 0.1;
  std::string_view name() const override { return "neumf"; }
  void fields(config::Fields& f) override;
  std::unique_ptr<Recommender> build() const override;
  std::int64_t fit_bytes(const DataSize& size) const override;
  // Throws Error(kConfig) where a tower is wanted that has no layer.
  PairTraining training() const;
};

// The probability that user u touches item i is sigma(x), where x comes of the product of two vectors, number by number
// and weighted (gmf), of a tower of ReLU layers over two others (mlp), or of both together: neural/pair_network.h.
// Minimises, by Adam, the mean over interactions and drawn items of
//
//   -ln sigma(x_ui) for an interaction, -ln sigma(-x_uj) for each of the `negatives` items j that are drawn beside it,
//
// j drawn anew each time, uniformly from what the user has not touched. Both parts are learnt together from the start;
// the paper's way by parts learnt before is not taken. A step moves the vectors that its batch mentions and no others:
// the moments of the rest do not decay, nor does weight_decay act on them, and at each mention a vector moves as by a
// step of Adam's whose number is the training's. The result does not depend on the number of threads. Event weights are
// not used. Users who have touched everything teach nothing and are left out.
class NeuMf : public PairRecommender {
 public:
  explicit NeuMf(NeuMfOptions options) : options_(std::move(options)) {}
  std::string_view name() const override { return "neumf"; }
  void fit(const TrainingData& data) override;
  void load(const SafetensorsFile& in, const std::string& prefix) override;

 private:
  NeuMfOptions options_;
};

}  // namespace genre
