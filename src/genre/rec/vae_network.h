// The network of variational autoencoders of histories: an encoder that makes a normal distribution of what somebody
// touched, and a decoder that makes a score for every item of a code drawn from it. Sources: Liang, Krishnan, Hoffman
// and Jebara, "Variational Autoencoders for Collaborative Filtering" (WWW 2018); Shenbin, Alekseev, Tutubalina, Malykh
// and Nikolenko, "RecVAE: a New Variational Autoencoder for Top-N Recommendations with Implicit Feedback" (WSDM 2020).
#pragma once

#include <array>
#include <optional>

#include "genre/neural/densely_connected.h"
#include "genre/neural/embedding_bag.h"
#include "genre/neural/gaussian_code.h"
#include "genre/neural/multinomial_likelihood.h"

namespace genre {

struct VaeShape {
  std::int64_t items = 0;
  std::int64_t factors = 128;             // length of a code
  neural::DenselyConnectedShape encoder;  // above the sums over items
  bool decoder_layer = true;              // a layer of the encoder's width, tanh, between code and items; else none
};

// In shape letters: B histories, D factors, H the width of layers, S of what scores items: H with a decoder layer, else
// D.
class VaeNetwork {
 public:
  // Weights are drawn as Glorot and Bengio (2010) advise; without `random` they are zeros.
  VaeNetwork(const VaeShape& shape, RandomStream* random);

  // The tensors of one side: those as long as the catalogue, and those of the layers between them.
  struct Side {
    neural::Parameters items, layers;
  };
  Side encoder, decoder;

  const VaeShape& shape() const { return shape_; }
  std::int64_t state_width() const;  // S
  std::array<neural::Parameters*, 4> parameters();
  std::array<const neural::Parameters*, 4> parameters() const;

  // Takes the weights of a side over as they are now; before the first pass and after each change. Use the global pool.
  void pack_encoder();
  void pack_decoder();

  // What gradients need of a pass, in memory that the next pass uses again.
  struct Pass {
    Matrix sums;  // B x H
    neural::DenselyConnected::Pass connected;
    ConstMatrixView encoded;     // B x H
    Matrix state_sums, d_other;  // B x H: before tanh; a second share of a gradient
  };

  // The distribution of each bag's code: B x D. One thread each, as all below that does not say so.
  void encode(std::span<const neural::Bag> bags, Pass& pass, MatrixView mean, MatrixView log_variance) const;
  // Adds to the gradients of the encoder's layers; d_sums (B x H) becomes that of the sums over items.
  void encode_backward(const neural::Gaussians& gradient, Pass& pass, MatrixView d_sums,
                       neural::Gradients& layers) const;
  // Codes to what scores items (B x S): the same numbers without a decoder layer.
  void decode(ConstMatrixView code, Pass& pass, MatrixView states) const;
  // Adds to the gradients of the decoder's layers; d_code (B x D) becomes that of the codes. d_states is used up.
  void decode_backward(ConstMatrixView code, Pass& pass, MatrixView d_states, MatrixView d_code,
                       neural::Gradients& layers) const;

  const neural::EmbeddingBag& bag() const { return bag_; }
  neural::MultinomialLikelihood& likelihood() { return likelihood_; }
  const neural::MultinomialLikelihood& likelihood() const { return likelihood_; }

  // A bag of distinct items as the network reads them: of length 1 before any is dropped.
  static neural::Bag bag_of(std::span<const std::int32_t> history);

 private:
  VaeShape shape_;
  neural::EmbeddingBag bag_;
  neural::DenselyConnected connected_;
  neural::Linear mean_, log_variance_;
  std::optional<neural::Linear> decoder_layer_;
  neural::MultinomialLikelihood likelihood_;
};

}  // namespace genre
