#include "genre/neural/multinomial_likelihood.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "genre/base/thread_pool.h"
#include "genre/nn/softmax.h"

namespace genre::neural {
namespace {

constexpr std::int64_t kRows = 24;              // states whose logits one thread computes together
constexpr std::size_t kItemsOfGradients = 192;  // items whose gradients one thread computes together

}  // namespace

MultinomialLikelihood::MultinomialLikelihood(Parameters& parameters, const std::string& name, std::int64_t items,
                                             std::int64_t width, double deviation, RandomStream& random)
    : weight_(parameters.add(name + ".weight", items, width, /*decays=*/true)),
      bias_(parameters.add(name + ".bias", 1, items, /*decays=*/false)),
      items_(items),
      stride_(nn::softmax_stride(items)) {
  fill_normal(parameters.value(weight_), deviation, random);
}

void MultinomialLikelihood::pack(const Parameters& parameters) {
  global_pool().parallel_for(2, 1, [&](std::size_t begin, std::size_t end, int) {
    for (std::size_t which = begin; which < end; ++which)
      (which == 0 ? by_item_ : by_state_).repack(parameters.value(weight_), /*transposed=*/which == 0);
  });
}

void MultinomialLikelihood::logits(const Parameters& parameters, ConstMatrixView states, MatrixView logits) const {
  multiply_serial(states.data(), states.rows(), states.cols(), by_item_, logits.data(), logits.cols(),
                  {.bias = parameters.value(bias_).data()});
}

double MultinomialLikelihood::loss(const Parameters& parameters, ConstMatrixView states,
                                   std::span<const std::span<const std::int32_t>> histories, float factor,
                                   MatrixView d_states, Gradients* gradients) {
  assert(states.rows() == std::ssize(histories));
  const std::int64_t most = std::max(kLogitBytes / (4 * stride_) / kRows * kRows, kFewestRows), width = states.cols();
  double sum = 0;
  for (std::int64_t first = 0; first < states.rows(); first += most) {
    const std::int64_t rows = std::min(most, states.rows() - first);
    const ConstMatrixView some{states.data() + first * width, rows, width};
    const bool wanted = d_states.rows() > 0;
    sum += block(parameters, some, histories.subspan(first, rows), factor,
                 {wanted ? d_states.row(first).data() : nullptr, wanted ? rows : 0, width});
    if (gradients != nullptr) take_gradients(some, *gradients, /*add=*/first > 0);
  }
  return sum;
}

// The loss of a block; logits_ becomes `factor` times its gradient by the logits.
double MultinomialLikelihood::block(const Parameters& parameters, ConstMatrixView states,
                                    std::span<const std::span<const std::int32_t>> histories, float factor,
                                    MatrixView d_states) {
  const std::int64_t rows = states.rows(), width = states.cols();
  if (std::ssize(logits_) < rows * stride_) logits_.resize(rows * stride_);
  std::vector<double> losses(rows);
  global_pool().parallel_for(rows, kRows, [&](std::size_t begin, std::size_t end, int) {
    const auto first = static_cast<std::int64_t>(begin), count = static_cast<std::int64_t>(end - begin);
    multiply_serial(states.data() + first * width, count, width, by_item_, logits_.data() + first * stride_, stride_,
                    {.bias = parameters.value(bias_).data()});
    for (std::size_t b = begin; b < end; ++b) {
      float* const row = logits_.data() + static_cast<std::int64_t>(b) * stride_;
      const float inverse = nn::exponentiate(row, items_), all = static_cast<float>(histories[b].size());
      for (const std::int32_t item : histories[b]) losses[b] -= std::log(std::max(row[item] * inverse, 1e-37f));
      for (std::int64_t i = 0; i < items_; ++i) row[i] *= inverse * all * factor;
      for (const std::int32_t item : histories[b]) row[item] -= factor;
    }
    if (d_states.rows() > 0)
      multiply_serial(logits_.data() + first * stride_, count, stride_, by_state_, d_states.row(first).data(), width);
  });
  double sum = 0;
  for (const double one : losses) sum += one;
  return sum;
}

void MultinomialLikelihood::take_gradients(ConstMatrixView states, Gradients& gradients, bool add) {
  Matrix& weight = gradients[weight_];
  float* const bias = gradients[bias_].data();
  states_.repack(states, /*transposed=*/false);
  global_pool().parallel_for(
      static_cast<std::size_t>(items_), kItemsOfGradients, [&](std::size_t begin, std::size_t end, int) {
        const auto first = static_cast<std::int64_t>(begin), count = static_cast<std::int64_t>(end - begin);
        float* const of_weight = weight.row(first).data();
        multiply_serial_transposed(logits_.data() + first, count, stride_, states_, of_weight, weight.cols(),
                                   {.residual = add ? of_weight : nullptr});
        if (!add) std::fill_n(bias + first, count, 0.0f);
        for (std::int64_t b = 0; b < states.rows(); ++b)
          add_scaled(1, logits_.data() + b * stride_ + first, bias + first, count);
      });
}

}  // namespace genre::neural
