// An autoencoder whose code between encoder and decoder is a sum of entries of codebooks (RQ-VAE). Sources: Lee et al.,
// "Autoregressive Image Generation using Residual Quantization" (CVPR 2022); of item texts Rajput et al., "Recommender
// Systems with Generative Retrieval" (NeurIPS 2023).
#pragma once

#include "genre/neural/linear.h"
#include "genre/neural/residual_quantiser.h"

namespace genre::neural {

struct QuantisedAutoencoderShape {
  std::int64_t inputs = 128;  // P
  std::int64_t hidden = 256;  // H, inside encoder and decoder
  ResidualQuantiserShape quantiser;
};

// z = W_2 relu(W_1 x + b_1) + b_2, quantised; y of the same form, with weights of its own, from the quantised z to x.
// One thread at a time packs or changes codebooks; any number may compute.
class QuantisedAutoencoder {
 public:
  // Adds encoder.first, encoder.second, codes.0, ..., decoder.first and decoder.second; codebooks are zeros until
  // start.
  QuantisedAutoencoder(const QuantisedAutoencoderShape& shape, Parameters& parameters, RandomStream& random);

  void pack(const Parameters& parameters);
  // What the quantiser does before the first step and between steps (residual_quantiser.h), for rows of x (N x P). To
  // be packed before and again after.
  void start(ConstMatrixView x, Parameters& parameters, RandomStream& random);
  std::int64_t restart_unused(ConstMatrixView x, Parameters& parameters, RandomStream& random) const;

  // What is known of T rows, in memory that the next pass uses again.
  struct Pass {
    Matrix encoder_state, z, decoder_state, y;  // T x H, T x D, T x H, T x P
    ResidualQuantiser::Pass quantised;
    Matrix d_y, d_state, d_z;
  };
  // Codes and quantised vectors of x (T x P). One thread each.
  const ResidualQuantiser::Pass& quantise(const Parameters& parameters, ConstMatrixView x, Pass& pass) const;
  // The sum over the rows of x (T x P) of |y - x|^2 and the quantiser's loss; adds `factor` times its gradients, where
  // that of the quantised vectors passes straight through to z. One thread each.
  double loss(const Parameters& parameters, ConstMatrixView x, float factor, Pass& pass, Gradients& gradients) const;

 private:
  MatrixView encode(const Parameters& parameters, ConstMatrixView x, Pass& pass) const;

  QuantisedAutoencoderShape shape_;
  Linear encoder_first_, encoder_second_;
  ResidualQuantiser quantiser_;
  Linear decoder_first_, decoder_second_;
};

}  // namespace genre::neural
