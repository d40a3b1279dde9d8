#include "genre/neural/layer_norm.h"

#include <cmath>

namespace genre::neural {

LayerNorm::LayerNorm(Parameters& parameters, const std::string& name, std::int64_t width, double epsilon)
    : gain_(parameters.add(name + ".weight", 1, width, /*decays=*/false)),
      shift_(parameters.add(name + ".bias", 1, width, /*decays=*/false)),
      epsilon_(epsilon) {
  for (float& gain : parameters.value(gain_).row(0)) gain = 1;
}

void LayerNorm::forward(const Parameters& parameters, MatrixView x, Saved& saved) const {
  const float* const gain = parameters.value(gain_).data();
  const float* const shift = parameters.value(shift_).data();
  const std::int64_t width = x.cols();
  if (saved.normalised.rows() < x.rows() || saved.normalised.cols() != width)
    saved.normalised = Matrix(x.rows(), width);
  saved.scale.resize(static_cast<std::size_t>(x.rows()));
  for (std::int64_t t = 0; t < x.rows(); ++t) {
    float* const row = x.row(t).data();
    float* const normalised = saved.normalised.row(t).data();
    double sum = 0, squares = 0;
    for (std::int64_t d = 0; d < width; ++d) sum += row[d];
    const double mean = sum / static_cast<double>(width);
    for (std::int64_t d = 0; d < width; ++d) squares += (row[d] - mean) * (row[d] - mean);
    const auto scale = static_cast<float>(1 / std::sqrt(squares / static_cast<double>(width) + epsilon_));
    saved.scale[t] = scale;
    for (std::int64_t d = 0; d < width; ++d) {
      normalised[d] = (row[d] - static_cast<float>(mean)) * scale;
      row[d] = normalised[d] * gain[d] + shift[d];
    }
  }
}

void LayerNorm::backward(const Parameters& parameters, const Saved& saved, MatrixView dy, Gradients& gradients) const {
  const float* const gain = parameters.value(gain_).data();
  float* const d_gain = gradients[gain_].data();
  float* const d_shift = gradients[shift_].data();
  const std::int64_t width = dy.cols();
  for (std::int64_t t = 0; t < dy.rows(); ++t) {
    float* const row = dy.row(t).data();
    const float* const normalised = saved.normalised.row(t).data();
    float sum = 0, along = 0;
    for (std::int64_t d = 0; d < width; ++d) {
      d_shift[d] += row[d];
      d_gain[d] += row[d] * normalised[d];
      row[d] *= gain[d];
      sum += row[d];
      along += row[d] * normalised[d];
    }
    const float mean = sum / static_cast<float>(width), slope = along / static_cast<float>(width);
    for (std::int64_t d = 0; d < width; ++d) row[d] = (row[d] - mean - normalised[d] * slope) * saved.scale[t];
  }
}

}  // namespace genre::neural
