#include "genre/rec/rec_vae.h"

#include "genre/neural/composite_prior.h"
#include "genre/rec/fit_progress.h"
#include "genre/rec/tensors.h"
#include "genre/rec/vae_trainer.h"

namespace genre {
namespace {

ConstMatrixView one_row(ConstMatrixView matrix, std::int64_t row) { return {matrix.row(row).data(), 1, matrix.cols()}; }

neural::Gaussians one_row(const neural::Gaussians& all, std::int64_t row) {
  return {one_row(all.mean, row), one_row(all.log_variance, row)};
}

}  // namespace

void RecVaeOptions::fields(config::Fields& f) {
  f.integer("factors", factors, {.minimum = 1, .maximum = 4096}, "length of the code of a history");
  f.integer("hidden", hidden, {.minimum = 1, .maximum = 65536}, "width of the encoder's layers");
  f.integer("layers", layers, {.minimum = 1, .maximum = 64}, "of the encoder");
  f.number("dropout", dropout, {.minimum = 0, .maximum = 0.95},
           "share of a history that the encoder does not see while it learns");
  f.number("gamma", gamma, {.minimum = 0, .maximum = 10},
           "weight of the divergence from the prior, for each item of a history");
  f.integer("epochs", epochs, {.minimum = 1, .maximum = 100000}, "turns of the encoder and the decoder");
  f.integer("encoder_epochs", encoder_epochs, {.minimum = 1, .maximum = 1000},
            "passes over the users of a turn of the encoder; the decoder's is one");
  f.integer("batch", batch, {.minimum = 1, .maximum = 65536}, "users whose mean loss makes a step");
  f.number("learning_rate", learning_rate, {.minimum = 1e-6, .maximum = 1}, "size of a step of Adam");
}

std::unique_ptr<Recommender> RecVaeOptions::build() const { return std::make_unique<RecVae>(*this); }

VaeShape RecVaeOptions::shape() const {
  return {.items = 0,
          .factors = factors,
          .encoder = {.width = hidden, .layers = layers, .activation = Activation::kSilu, .normalised = true},
          .decoder_layer = false};
}

std::int64_t RecVaeOptions::fit_bytes(const DataSize& size) const {
  return vae_training_bytes(shape(), batch, size) + 8 * size.users * factors;
}

void RecVae::fit(const TrainingData& data) {
  require_interactions(name(), data);
  RandomStream random(data.seed, "rec vae");
  VaeNetwork network(shape_of(data.interactions.cols), &random);
  Matrix means(data.interactions.rows, options_.factors), log_variances(data.interactions.rows, options_.factors);
  const neural::Gaussians earlier{means, log_variances};
  const auto divergence = [&](std::span<const std::int32_t> users, const neural::Gaussians& from, ConstMatrixView codes,
                              float factor, const neural::GaussianGradients& gradients) {
    for (std::int64_t b = 0; b < codes.rows(); ++b) {
      const auto length = static_cast<double>(data.interactions.row_indices(users[b]).size());
      neural::composite_divergence(
          {}, one_row(from, b), one_row(earlier, users[b]), one_row(codes, b),
          factor * static_cast<float>(options_.gamma * length),
          {{gradients.mean.row(b).data(), 1, codes.cols()}, {gradients.log_variance.row(b).data(), 1, codes.cols()}});
    }
  };
  VaeTrainer trainer(network, data,
                     {.batch = options_.batch, .learning_rate = options_.learning_rate, .divergence = divergence});
  for (int epoch = 0; epoch < options_.epochs; ++epoch) {
    between_pieces(data, epoch, options_.epochs);
    for (int pass = 0; pass < options_.encoder_epochs; ++pass) trainer.learn_encoder(options_.dropout);
    trainer.encode(means.view(), log_variances.view());
    trainer.learn_decoder(earlier);
  }
  set_network(std::move(network));
}

}  // namespace genre
