// For tests: what a variational autoencoder of histories says, written out plainly.
#pragma once

#include <cmath>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "genre/linalg/matrix.h"

namespace genre {

// The tensor of this name.
using Tensors = std::function<ConstMatrixView(const std::string&)>;

// weight x + bias, weight N x K.
inline std::vector<double> plain_linear(const Tensors& tensor, const std::string& name, const std::vector<double>& x) {
  const ConstMatrixView weight = tensor(name + ".weight"), bias = tensor(name + ".bias");
  std::vector<double> y(bias.row(0).begin(), bias.row(0).end());
  for (std::size_t n = 0; n < y.size(); ++n)
    for (std::size_t k = 0; k < x.size(); ++k) y[n] += weight.row(static_cast<std::int64_t>(n))[k] * x[k];
  return y;
}

// The sums over the items of a history of length 1.
inline std::vector<double> plain_sums(const Tensors& tensor, std::span<const std::int32_t> history) {
  const ConstMatrixView weight = tensor("encoder.items.weight"), bias = tensor("encoder.items.bias");
  std::vector<double> y(bias.row(0).begin(), bias.row(0).end());
  for (const std::int32_t item : history)
    for (std::size_t d = 0; d < y.size(); ++d)
      y[d] += weight.row(item)[d] / std::sqrt(static_cast<double>(history.size()));
  return y;
}

inline std::vector<double> plain_tanh(std::vector<double> x) {
  for (double& value : x) value = std::tanh(value);
  return x;
}

// As MultiVae scores all items.
inline std::vector<double> plain_multi_vae(const Tensors& tensor, std::span<const std::int32_t> history) {
  const std::vector<double> mean = plain_linear(tensor, "encoder.mean", plain_tanh(plain_sums(tensor, history)));
  return plain_linear(tensor, "decoder.items", plain_tanh(plain_linear(tensor, "decoder.layer1", mean)));
}

// As RecVae scores all items, with this many layers.
inline std::vector<double> plain_rec_vae(const Tensors& tensor, std::span<const std::int32_t> history, int layers) {
  std::vector<double> last, sum;  // of the layers so far
  for (int k = 1; k <= layers; ++k) {
    const std::string number = std::to_string(k);
    std::vector<double> h = k == 1 ? plain_sums(tensor, history) : plain_linear(tensor, "encoder.layer" + number, last);
    for (std::size_t d = 0; d < sum.size(); ++d) h[d] += sum[d];
    double mean = 0, variance = 0;
    for (double& x : h) x = x / (1 + std::exp(-x));
    for (const double x : h) mean += x / static_cast<double>(h.size());
    for (const double x : h) variance += (x - mean) * (x - mean) / static_cast<double>(h.size());
    const auto gain = tensor("encoder.norm" + number + ".weight").row(0),
               shift = tensor("encoder.norm" + number + ".bias").row(0);
    for (std::size_t d = 0; d < h.size(); ++d) h[d] = (h[d] - mean) / std::sqrt(variance + 0.1) * gain[d] + shift[d];
    sum.resize(h.size());
    for (std::size_t d = 0; d < h.size(); ++d) sum[d] += h[d];
    last = std::move(h);
  }
  return plain_linear(tensor, "decoder.items", plain_linear(tensor, "encoder.mean", last));
}

// -sum over the history of log softmax(scores)[item]
inline double plain_multinomial_loss(const std::vector<double>& scores, std::span<const std::int32_t> history) {
  double total = 0, loss = 0;
  for (const double score : scores) total += std::exp(score);
  for (const std::int32_t item : history) loss += std::log(total) - scores[item];
  return loss;
}

}  // namespace genre
