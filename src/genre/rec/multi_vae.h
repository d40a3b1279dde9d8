// A variational autoencoder of histories with a multinomial likelihood. Source: Liang, Krishnan, Hoffman and Jebara,
// "Variational Autoencoders for Collaborative Filtering" (WWW 2018).
#pragma once

#include "genre/rec/vae_model.h"

namespace genre {

struct MultiVaeOptions : RecommenderOptions {
  int factors = 128;
  int hidden = 600;
  double dropout = 0.5;
  double beta = 0.2;
  double annealing = 1;
  int epochs = 60;
  int batch = 256;
  double learning_rate = 0.001;
  std::string_view name() const override { return "multi_vae"; }
  void fields(config::Fields& f) override;
  std::unique_ptr<Recommender> build() const override;
  std::int64_t fit_bytes(const DataSize& size) const override;
  VaeShape shape() const;  // but for the items
};

// Of a history of n items, each 1 / sqrt(n), one tanh layer makes the mean and the log variance of a normal
// distribution, and of a code z drawn from it another one makes the score of every item. Minimises, by Adam, the mean
// over users of
//
//   -sum over the history of log softmax(scores)[item] + weight KL(the distribution of z, standard normal)
//
// with items dropped from what the encoder sees, and a weight that rises from 0 to beta over the first `annealing` of
// the epochs. The result does not depend on the number of threads.
class MultiVae : public VaeModel {
 public:
  explicit MultiVae(MultiVaeOptions options) : VaeModel(options.shape()), options_(std::move(options)) {}
  std::string_view name() const override { return "multi_vae"; }
  void fit(const TrainingData& data) override;

 private:
  MultiVaeOptions options_;
};

}  // namespace genre
