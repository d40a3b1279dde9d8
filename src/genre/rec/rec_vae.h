// A variational autoencoder of histories whose encoder and decoder learn in turn. Source: Shenbin, Alekseev,
// Tutubalina, Malykh and Nikolenko, "RecVAE: a New Variational Autoencoder for Top-N Recommendations with Implicit
// Feedback" (WSDM 2020).
#pragma once

#include "genre/rec/vae_model.h"

namespace genre {

struct RecVaeOptions : RecommenderOptions {
  int factors = 200;
  int hidden = 256;
  int layers = 5;
  double dropout = 0.5;
  double gamma = 0.005;
  int epochs = 40;
  int encoder_epochs = 3;
  int batch = 128;
  double learning_rate = 0.001;
  std::string_view name() const override { return "rec_vae"; }
  void fields(config::Fields& f) override;
  std::unique_ptr<Recommender> build() const override;
  std::int64_t fit_bytes(const DataSize& size) const override;
  VaeShape shape() const;  // but for the items
};

// Of a history of n items, each 1 / sqrt(n), densely connected swish layers with layer normalisation
// (neural/densely_connected.h) make the mean and the log variance of a normal distribution; a code z drawn from it
// scores items by a linear layer. Minimises, by Adam, the mean over users of
//
//   -sum over the history of log softmax(scores)[item] + gamma n (log q(z) - log prior(z))
//
// An epoch is `encoder_epochs` passes over the users in which the encoder learns, of histories with items dropped, and
// one in which the decoder learns, of whole ones. The prior (neural/composite_prior.h) remembers each user's
// distribution after the passes of the encoder in the epoch before; at first it is the standard normal one. The result
// does not depend on the number of threads.
class RecVae : public VaeModel {
 public:
  explicit RecVae(RecVaeOptions options) : VaeModel(options.shape()), options_(std::move(options)) {}
  std::string_view name() const override { return "rec_vae"; }
  void fit(const TrainingData& data) override;

 private:
  RecVaeOptions options_;
};

}  // namespace genre
