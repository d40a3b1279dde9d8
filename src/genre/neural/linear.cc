#include "genre/neural/linear.h"

namespace genre::neural {

Linear::Linear(Parameters& parameters, const std::string& name, std::int64_t inputs, std::int64_t outputs,
               double deviation, RandomStream& random, Bias bias)
    : weight_(parameters.add(name + ".weight", outputs, inputs, /*decays=*/true)),
      bias_(bias == Bias::kNo ? -1 : parameters.add(name + ".bias", 1, outputs, /*decays=*/false)) {
  fill_normal(parameters.value(weight_), deviation, random);
}

void Linear::pack(const Parameters& parameters) {
  forward_.repack(parameters.value(weight_), /*transposed=*/true);
  backward_.repack(parameters.value(weight_), /*transposed=*/false);
}

void Linear::forward(const Parameters& parameters, ConstMatrixView x, MatrixView y, Activation activation) const {
  multiply_serial(x.data(), x.rows(), x.cols(), forward_, y.data(), y.cols(),
                  {.bias = bias_ < 0 ? nullptr : parameters.value(bias_).data(), .activation = activation});
}

void Linear::backward(ConstMatrixView x, ConstMatrixView dy, MatrixView dx, Gradients& gradients) const {
  Matrix& weight = gradients[weight_];
  thread_local PackedMatrix inputs;
  inputs.repack(x, /*transposed=*/false);
  multiply_serial_transposed(dy.data(), dy.cols(), dy.cols(), inputs, weight.data(), weight.cols(),
                             {.residual = weight.data()});
  if (bias_ >= 0)
    for (std::int64_t t = 0; t < dy.rows(); ++t) add_scaled(1, dy.row(t).data(), gradients[bias_].data(), dy.cols());
  if (dx.rows() > 0) input_gradient(dy, dx);
}

void Linear::input_gradient(ConstMatrixView dy, MatrixView dx) const {
  multiply_serial(dy.data(), dy.rows(), dy.cols(), backward_, dx.data(), dx.cols());
}

}  // namespace genre::neural
