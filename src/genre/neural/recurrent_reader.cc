#include "genre/neural/recurrent_reader.h"

#include <cmath>

#include "genre/neural/room.h"

namespace genre::neural {

struct RecurrentReader::Pass : HistoryReader::Pass {
  struct Layer {
    Dropout input;
    Gru::Saved units;
    Matrix states, gradient;  // T x inner
  };
  std::vector<Layer> layers;
  std::vector<std::int64_t> offsets;
};

RecurrentReader::RecurrentReader(const RecurrentShape& shape, Parameters& parameters, RandomStream& random)
    : shape_(shape) {
  const double deviation = 1 / std::sqrt(3.0 * static_cast<double>(shape.inner));  // as evenly drawn below 1 / sqrt(H)
  for (int l = 0; l < shape.layers; ++l)
    layers_.emplace_back(parameters, "layers." + std::to_string(l), l == 0 ? shape.width : shape.inner, shape.inner,
                         deviation, random);
  output_.emplace_back(parameters, "output", shape.inner, shape.width, deviation, random);
}

void RecurrentReader::pack(const Parameters& parameters) {
  for (Gru& layer : layers_) layer.pack(parameters);
  output_.front().pack(parameters);
}

std::unique_ptr<HistoryReader::Pass> RecurrentReader::new_pass() const { return std::make_unique<Pass>(); }

void RecurrentReader::forward(const Parameters& parameters, MatrixView x, std::span<const std::int64_t> offsets,
                              RandomStream* random, HistoryReader::Pass& own) const {
  Pass& pass = static_cast<Pass&>(own);
  pass.offsets.assign(offsets.begin(), offsets.end());
  pass.layers.resize(layers_.size());
  MatrixView read = x;
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    Pass::Layer& saved = pass.layers[l];
    saved.input = {};
    if (random != nullptr) saved.input.apply(read, shape_.dropout, *random);
    const MatrixView states = room(saved.states, x.rows(), shape_.inner);
    layers_[l].forward(parameters, read, offsets, saved.units, states);
    read = states;
  }
  output_.front().forward(parameters, read, x);
}

void RecurrentReader::backward(const Parameters&, MatrixView gradient, HistoryReader::Pass& own,
                               Gradients& gradients) const {
  Pass& pass = static_cast<Pass&>(own);
  const std::int64_t tokens = gradient.rows(), inner = shape_.inner;
  MatrixView of_states = room(pass.layers.back().gradient, tokens, inner);
  output_.front().backward({pass.layers.back().states.data(), tokens, inner}, gradient, of_states, gradients);
  for (std::size_t l = layers_.size(); l-- > 0;) {
    const MatrixView of_input = l == 0 ? gradient : room(pass.layers[l - 1].gradient, tokens, inner);
    layers_[l].backward(pass.offsets, pass.layers[l].units, of_states, of_input, gradients);
    pass.layers[l].input.backward(of_input);
    of_states = of_input;
  }
}

}  // namespace genre::neural
