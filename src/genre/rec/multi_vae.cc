#include "genre/rec/multi_vae.h"

#include "genre/rec/fit_progress.h"
#include "genre/rec/tensors.h"
#include "genre/rec/vae_trainer.h"

namespace genre {

void MultiVaeOptions::fields(config::Fields& f) {
  f.integer("factors", factors, {.minimum = 1, .maximum = 4096}, "length of the code of a history");
  f.integer("hidden", hidden, {.minimum = 1, .maximum = 65536}, "width of the layer on either side of the code");
  f.number("dropout", dropout, {.minimum = 0, .maximum = 0.95}, "share of a history that the encoder does not see");
  f.number("beta", beta, {.minimum = 0, .maximum = 10}, "weight of the divergence from the prior, at the end");
  f.number("annealing", annealing, {.minimum = 0, .maximum = 1}, "share of the epochs over which beta rises from 0");
  f.integer("epochs", epochs, {.minimum = 1, .maximum = 100000}, "passes over the users");
  f.integer("batch", batch, {.minimum = 1, .maximum = 65536}, "users whose mean loss makes a step");
  f.number("learning_rate", learning_rate, {.minimum = 1e-6, .maximum = 1}, "size of a step of Adam");
}

std::unique_ptr<Recommender> MultiVaeOptions::build() const { return std::make_unique<MultiVae>(*this); }

VaeShape MultiVaeOptions::shape() const {
  return {.items = 0,
          .factors = factors,
          .encoder = {.width = hidden, .layers = 1, .activation = Activation::kTanh, .normalised = false},
          .decoder_layer = true};
}

std::int64_t MultiVaeOptions::fit_bytes(const DataSize& size) const { return vae_training_bytes(shape(), batch, size); }

void MultiVae::fit(const TrainingData& data) {
  require_interactions(name(), data);
  RandomStream random(data.seed, "multi vae");
  VaeNetwork network(shape_of(data.interactions.cols), &random);
  double weight = 0;
  const auto divergence = [&](std::span<const std::int32_t>, const neural::Gaussians& from, ConstMatrixView,
                              float factor, const neural::GaussianGradients& gradients) {
    neural::standard_divergence(from, factor * static_cast<float>(weight), gradients);
  };
  VaeTrainer trainer(network, data,
                     {.batch = options_.batch, .learning_rate = options_.learning_rate, .divergence = divergence});
  for (int epoch = 0; epoch < options_.epochs; ++epoch) {
    between_pieces(data, epoch, options_.epochs);
    const double annealed = options_.annealing * options_.epochs;
    weight = options_.beta * (epoch < annealed ? epoch / annealed : 1);
    trainer.learn(options_.dropout);
  }
  set_network(std::move(network));
}

}  // namespace genre
