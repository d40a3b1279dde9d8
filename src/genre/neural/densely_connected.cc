#include "genre/neural/densely_connected.h"

#include "genre/base/thread_pool.h"
#include "genre/neural/activation_gradient.h"
#include "genre/neural/room.h"
#include "genre/nn/gated_activation.h"

namespace genre::neural {
namespace {

void add(ConstMatrixView x, MatrixView y) { add_scaled(1, x.data(), y.data(), x.rows() * x.cols()); }

}  // namespace

DenselyConnected::DenselyConnected(Parameters& parameters, const std::string& name, const DenselyConnectedShape& shape,
                                   double deviation, RandomStream& random)
    : shape_(shape) {
  for (int k = 1; k <= shape.layers; ++k) {
    const std::string number = std::to_string(k);
    if (k > 1) linear_.emplace_back(parameters, name + ".layer" + number, shape.width, shape.width, deviation, random);
    if (shape.normalised) norms_.emplace_back(parameters, name + ".norm" + number, shape.width, kEpsilon);
  }
}

void DenselyConnected::pack(const Parameters& parameters) {
  global_pool().parallel_for(linear_.size(), 1, [&](std::size_t begin, std::size_t end, int) {
    for (std::size_t k = begin; k < end; ++k) linear_[k].pack(parameters);
  });
}

ConstMatrixView DenselyConnected::forward(const Parameters& parameters, ConstMatrixView x, Pass& pass) const {
  const std::int64_t rows = x.rows(), width = shape_.width;
  pass.layers.resize(static_cast<std::size_t>(shape_.layers));
  const MatrixView sum = room(pass.sum, rows, width);
  for (std::size_t k = 0; k < pass.layers.size(); ++k) {
    Pass::Layer& layer = pass.layers[k];
    const MatrixView before = room(layer.before, rows, width), after = room(layer.after, rows, width);
    if (k == 0) {
      copy_rows(x, before);
    } else {
      const ConstMatrixView last = first_rows(pass.layers[k - 1].after, rows);
      k == 1 ? copy_rows(last, sum) : add(last, sum);
      linear_[k - 1].forward(parameters, last, before);
      add(sum, before);
    }
    copy_rows(before, after);
    nn::activate(shape_.activation, after.data(), rows * width);
    if (shape_.normalised) norms_[k].forward(parameters, after, layer.norm);
  }
  return first_rows(pass.layers.back().after, rows);
}

void DenselyConnected::backward(const Parameters& parameters, MatrixView gradient, Pass& pass,
                                Gradients& gradients) const {
  const std::int64_t rows = gradient.rows(), width = shape_.width;
  const MatrixView d_sum = room(pass.d_sum, rows, width), d_product = room(pass.d_product, rows, width);
  for (std::size_t k = pass.layers.size(); k-- > 0;) {
    if (shape_.normalised) norms_[k].backward(parameters, pass.layers[k].norm, gradient, gradients);
    activation_backward(shape_.activation, first_rows(pass.layers[k].before, rows), gradient);
    if (k == 0) return;
    linear_[k - 1].backward(first_rows(pass.layers[k - 1].after, rows), gradient, d_product, gradients);
    k + 1 == pass.layers.size() ? copy_rows(gradient, d_sum) : add(gradient, d_sum);  // layers above see this one too
    copy_rows(d_sum, gradient);
    add(d_product, gradient);
  }
}

}  // namespace genre::neural
