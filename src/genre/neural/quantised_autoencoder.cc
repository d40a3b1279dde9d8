#include "genre/neural/quantised_autoencoder.h"

#include <cassert>
#include <cmath>

#include "genre/neural/activation_gradient.h"
#include "genre/neural/room.h"

namespace genre::neural {
namespace {

// Weights of the deviation of Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural
// networks" (2010).
Linear glorot_layer(Parameters& parameters, const std::string& name, std::int64_t inputs, std::int64_t outputs,
                    RandomStream& random) {
  return {parameters, name, inputs, outputs, std::sqrt(2.0 / static_cast<double>(inputs + outputs)), random};
}

}  // namespace

QuantisedAutoencoder::QuantisedAutoencoder(const QuantisedAutoencoderShape& shape, Parameters& parameters,
                                           RandomStream& random)
    : shape_(shape),
      encoder_first_(glorot_layer(parameters, "encoder.first", shape.inputs, shape.hidden, random)),
      encoder_second_(glorot_layer(parameters, "encoder.second", shape.hidden, shape.quantiser.width, random)),
      quantiser_(shape.quantiser, parameters, "codes"),
      decoder_first_(glorot_layer(parameters, "decoder.first", shape.quantiser.width, shape.hidden, random)),
      decoder_second_(glorot_layer(parameters, "decoder.second", shape.hidden, shape.inputs, random)) {}

void QuantisedAutoencoder::pack(const Parameters& parameters) {
  for (Linear* const linear : {&encoder_first_, &encoder_second_, &decoder_first_, &decoder_second_})
    linear->pack(parameters);
  quantiser_.pack(parameters);
}

MatrixView QuantisedAutoencoder::encode(const Parameters& parameters, ConstMatrixView x, Pass& pass) const {
  assert(x.cols() == shape_.inputs);
  const MatrixView state = room(pass.encoder_state, x.rows(), shape_.hidden),
                   z = room(pass.z, x.rows(), shape_.quantiser.width);
  encoder_first_.forward(parameters, x, state, Activation::kRelu);
  encoder_second_.forward(parameters, state, z);
  return z;
}

void QuantisedAutoencoder::start(ConstMatrixView x, Parameters& parameters, RandomStream& random) {
  Pass pass;
  quantiser_.start(encode(parameters, x, pass), parameters, random);
}

std::int64_t QuantisedAutoencoder::restart_unused(ConstMatrixView x, Parameters& parameters,
                                                  RandomStream& random) const {
  Pass pass;
  return quantiser_.restart_unused(encode(parameters, x, pass), parameters, random);
}

const ResidualQuantiser::Pass& QuantisedAutoencoder::quantise(const Parameters& parameters, ConstMatrixView x,
                                                              Pass& pass) const {
  quantiser_.forward(parameters, encode(parameters, x, pass), pass.quantised);
  return pass.quantised;
}

double QuantisedAutoencoder::loss(const Parameters& parameters, ConstMatrixView x, float factor, Pass& pass,
                                  Gradients& gradients) const {
  const std::int64_t rows = x.rows();
  quantise(parameters, x, pass);
  const ConstMatrixView quantised = first_rows(pass.quantised.quantised, rows);
  const MatrixView state = room(pass.decoder_state, rows, shape_.hidden), y = room(pass.y, rows, shape_.inputs),
                   d_y = room(pass.d_y, rows, shape_.inputs), d_state = room(pass.d_state, rows, shape_.hidden),
                   d_z = room(pass.d_z, rows, shape_.quantiser.width);
  decoder_first_.forward(parameters, quantised, state, Activation::kRelu);
  decoder_second_.forward(parameters, state, y);
  double sum = quantiser_.loss(pass.quantised, rows);
  for (std::int64_t i = 0; i < rows * shape_.inputs; ++i) {
    const float error = y.data()[i] - x.data()[i];
    sum += double{error} * error;
    d_y.data()[i] = 2 * factor * error;
  }
  decoder_second_.backward(state, d_y, d_state, gradients);
  activation_backward(Activation::kRelu, state, d_state);
  decoder_first_.backward(quantised, d_state, d_z, gradients);
  quantiser_.backward(pass.quantised, factor, d_z, gradients);
  const ConstMatrixView encoded = first_rows(pass.encoder_state, rows);
  encoder_second_.backward(encoded, d_z, d_state, gradients);
  activation_backward(Activation::kRelu, encoded, d_state);
  encoder_first_.backward(x, d_state, {nullptr, 0, shape_.inputs}, gradients);
  return sum;
}

}  // namespace genre::neural
