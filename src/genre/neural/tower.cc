#include "genre/neural/tower.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "genre/neural/room.h"

namespace genre::neural {
namespace {

// Of Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks" (2010).
double deviation(std::int64_t inputs, std::int64_t outputs) {
  return std::sqrt(2.0 / static_cast<double>(inputs + outputs));
}

// NaN stays, so that a training that diverges shows it.
void relu(MatrixView x) {
  float* const values = x.data();
  for (std::int64_t i = 0; i < x.rows() * x.cols(); ++i) values[i] = values[i] < 0 ? 0.0f : values[i];
}

// A unit that was off passes nothing back.
void relu_backward(ConstMatrixView state, MatrixView gradient) {
  const float* const on = state.data();
  float* const values = gradient.data();
  for (std::int64_t i = 0; i < gradient.rows() * gradient.cols(); ++i) values[i] = on[i] > 0 ? values[i] : 0.0f;
}

}  // namespace

Tower::Tower(const TowerShape& shape, Parameters& parameters, const std::string& name, RandomStream& random)
    : shape_(shape) {
  assert(!shape.widths.empty());
  for (std::size_t l = 1; l < shape.widths.size(); ++l) {
    const std::int64_t inputs = shape.widths[l - 1], outputs = shape.widths[l];
    layers_.emplace_back(parameters, name + "." + std::to_string(l), inputs, outputs, deviation(inputs, outputs),
                         random);
  }
  output_ = parameters.add(name + ".output", 1, shape.widths.back(), /*decays=*/true);
  fill_normal(parameters.value(output_), deviation(shape.widths.back(), 1), random);
}

void Tower::pack(const Parameters& parameters) {
  for (Linear& layer : layers_) layer.pack(parameters);
}

void Tower::forward(const Parameters& parameters, MatrixView x, RandomStream* random, Pass& pass,
                    std::span<float> logits) const {
  assert(x.cols() == shape_.widths.front() && x.rows() == std::ssize(logits));
  pass.states.resize(layers_.size());
  pass.dropped.resize(layers_.size());
  relu(x);
  MatrixView state = x;
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    if (random != nullptr)
      pass.dropped[l].apply(state, shape_.dropout, *random);
    else
      pass.dropped[l] = {};
    const MatrixView next = room(pass.states[l], x.rows(), shape_.widths[l + 1]);
    layers_[l].forward(parameters, state, next);
    relu(next);
    state = next;
  }
  const float* const output = parameters.value(output_).data();
  for (std::int64_t t = 0; t < x.rows(); ++t) logits[t] += dot(state.row(t).data(), output, state.cols());
}

void Tower::backward(const Parameters& parameters, ConstMatrixView x, std::span<const float> d_logits, Pass& pass,
                     MatrixView d_x, Gradients* gradients) const {
  const std::int64_t rows = x.rows();
  pass.gradients.resize(layers_.size());
  const auto state = [&](std::size_t l) {
    return l == 0 ? x : ConstMatrixView(pass.states[l - 1].data(), rows, shape_.widths[l]);
  };
  const auto gradient = [&](std::size_t l) {
    return l == 0 ? d_x : room(pass.gradients[l - 1], rows, shape_.widths[l]);
  };
  const ConstMatrixView last = state(layers_.size());
  const MatrixView d_last = gradient(layers_.size());
  const std::span<const float> output = parameters.value(output_).row(0);
  for (std::int64_t t = 0; t < rows; ++t) {
    float* const to = d_last.row(t).data();
    for (std::size_t i = 0; i < output.size(); ++i) to[i] = d_logits[t] * output[i];
    if (gradients != nullptr) add_scaled(d_logits[t], last.row(t).data(), (*gradients)[output_].data(), last.cols());
  }
  relu_backward(last, d_last);
  for (std::size_t l = layers_.size(); l-- > 0;) {
    const MatrixView d_state = gradient(l);
    if (gradients != nullptr)
      layers_[l].backward(state(l), gradient(l + 1), d_state, *gradients);
    else
      layers_[l].input_gradient(gradient(l + 1), d_state);
    pass.dropped[l].backward(d_state);
    relu_backward(state(l), d_state);
  }
}

}  // namespace genre::neural
