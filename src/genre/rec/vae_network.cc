#include "genre/rec/vae_network.h"

#include <cmath>

#include "genre/neural/activation_gradient.h"
#include "genre/neural/room.h"
#include "genre/nn/gated_activation.h"

namespace genre {
namespace {

double glorot(const RandomStream* random, std::int64_t inputs, std::int64_t outputs) {
  return random == nullptr ? 0 : std::sqrt(2.0 / static_cast<double>(inputs + outputs));
}

// Deviations of 0 draw nothing.
RandomStream& or_unused(RandomStream* random) {
  thread_local RandomStream unused(0, "unused");
  return random == nullptr ? unused : *random;
}

std::optional<neural::Linear> decoder_layer(const VaeShape& shape, neural::Parameters& parameters,
                                            RandomStream* random) {
  if (!shape.decoder_layer) return std::nullopt;
  return neural::Linear(parameters, "decoder.layer1", shape.factors, shape.encoder.width,
                        glorot(random, shape.factors, shape.encoder.width), or_unused(random));
}

std::int64_t width_of_states(const VaeShape& shape) {
  return shape.decoder_layer ? shape.encoder.width : shape.factors;
}

}  // namespace

VaeNetwork::VaeNetwork(const VaeShape& shape, RandomStream* random)
    : shape_(shape),
      bag_(encoder.items, "encoder.items", shape.items, shape.encoder.width,
           glorot(random, shape.items, shape.encoder.width), or_unused(random)),
      connected_(encoder.layers, "encoder", shape.encoder, glorot(random, shape.encoder.width, shape.encoder.width),
                 or_unused(random)),
      mean_(encoder.layers, "encoder.mean", shape.encoder.width, shape.factors,
            glorot(random, shape.encoder.width, shape.factors), or_unused(random)),
      log_variance_(encoder.layers, "encoder.log_variance", shape.encoder.width, shape.factors,
                    glorot(random, shape.encoder.width, shape.factors), or_unused(random)),
      decoder_layer_(decoder_layer(shape, decoder.layers, random)),
      likelihood_(decoder.items, "decoder.items", shape.items, width_of_states(shape),
                  glorot(random, shape.items, width_of_states(shape)), or_unused(random)) {
  pack_encoder();
  pack_decoder();
}

std::int64_t VaeNetwork::state_width() const { return width_of_states(shape_); }

std::array<neural::Parameters*, 4> VaeNetwork::parameters() {
  return {&encoder.items, &encoder.layers, &decoder.layers, &decoder.items};
}

std::array<const neural::Parameters*, 4> VaeNetwork::parameters() const {
  return {&encoder.items, &encoder.layers, &decoder.layers, &decoder.items};
}

void VaeNetwork::pack_encoder() {
  connected_.pack(encoder.layers);
  mean_.pack(encoder.layers);
  log_variance_.pack(encoder.layers);
}

void VaeNetwork::pack_decoder() {
  if (decoder_layer_) decoder_layer_->pack(decoder.layers);
  likelihood_.pack(decoder.items);
}

void VaeNetwork::encode(std::span<const neural::Bag> bags, Pass& pass, MatrixView mean, MatrixView log_variance) const {
  const MatrixView sums = neural::room(pass.sums, std::ssize(bags), shape_.encoder.width);
  bag_.forward(encoder.items, bags, sums);
  pass.encoded = connected_.forward(encoder.layers, sums, pass.connected);
  mean_.forward(encoder.layers, pass.encoded, mean);
  log_variance_.forward(encoder.layers, pass.encoded, log_variance);
}

void VaeNetwork::encode_backward(const neural::Gaussians& gradient, Pass& pass, MatrixView d_sums,
                                 neural::Gradients& layers) const {
  const MatrixView other = neural::room(pass.d_other, d_sums.rows(), d_sums.cols());
  mean_.backward(pass.encoded, gradient.mean, d_sums, layers);
  log_variance_.backward(pass.encoded, gradient.log_variance, other, layers);
  add_scaled(1, other.data(), d_sums.data(), d_sums.rows() * d_sums.cols());
  connected_.backward(encoder.layers, d_sums, pass.connected, layers);
}

void VaeNetwork::decode(ConstMatrixView code, Pass& pass, MatrixView states) const {
  if (!decoder_layer_) return neural::copy_rows(code, states);
  const MatrixView sums = neural::room(pass.state_sums, code.rows(), state_width());
  decoder_layer_->forward(decoder.layers, code, sums);
  neural::copy_rows(sums, states);
  nn::activate(Activation::kTanh, states.data(), states.rows() * states.cols());
}

void VaeNetwork::decode_backward(ConstMatrixView code, Pass& pass, MatrixView d_states, MatrixView d_code,
                                 neural::Gradients& layers) const {
  if (!decoder_layer_) return neural::copy_rows(d_states, d_code);
  neural::activation_backward(Activation::kTanh, neural::first_rows(pass.state_sums, code.rows()), d_states);
  decoder_layer_->backward(code, d_states, d_code, layers);
}

neural::Bag VaeNetwork::bag_of(std::span<const std::int32_t> history) {
  return {history, history.empty() ? 1 : 1 / std::sqrt(static_cast<float>(history.size()))};
}

}  // namespace genre
