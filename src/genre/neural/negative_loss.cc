#include "genre/neural/negative_loss.h"

#include <algorithm>
#include <cassert>
#include <vector>

#include "genre/linalg/gemm.h"
#include "genre/neural/binary_cross_entropy.h"

namespace genre::neural {
namespace {

// Logits, what was chosen first, become `factor` times the gradient of their loss, which is returned.
double binary_loss(std::span<float> logits, double power, float factor) {
  const auto each = static_cast<float>(factor / static_cast<double>(logits.size()));
  const auto chosen = logits.first(1), drawn = logits.subspan(1);
  const double sum = power * binary_cross_entropy(chosen, 1.0f, static_cast<float>(each * power), chosen) +
                     binary_cross_entropy(drawn, 0.0f, each, drawn);
  return sum / static_cast<double>(logits.size());
}

double pairwise_loss(std::span<float> logits, float factor) {
  const std::span<float> margins = logits.subspan(1);
  const auto count = static_cast<double>(margins.size());
  for (float& margin : margins) margin = logits[0] - margin;
  logits[0] = 0;
  if (margins.empty()) return 0;
  const double sum = binary_cross_entropy(margins, 1.0f, static_cast<float>(factor / count), margins);
  for (float& slope : margins) {
    logits[0] += slope;
    slope = -slope;
  }
  return sum / count;
}

}  // namespace

double NegativeLoss::operator()(ConstMatrixView states, ConstMatrixView items, std::span<const std::int32_t> choices,
                                float factor, MatrixView d_states, MatrixView d_items) const {
  assert(states.rows() > 0 && std::ssize(choices) % states.rows() == 0);
  const std::int64_t width = states.cols(), each = std::ssize(choices) / states.rows();
  std::vector<float> logits(static_cast<std::size_t>(each));
  double sum = 0;
  for (std::int64_t t = 0; t < states.rows(); ++t) {
    const std::span<const std::int32_t> row = choices.subspan(t * each, each);
    const float* const state = states.row(t).data();
    for (std::int64_t n = 0; n < each; ++n) logits[n] = dot(state, items.row(row[n]).data(), width);
    sum += kind == Kind::kBinary ? binary_loss(logits, power, factor) : pairwise_loss(logits, factor);
    const std::span<float> d_state = d_states.row(t);
    std::ranges::fill(d_state, 0.0f);
    for (std::int64_t n = 0; n < each; ++n) {
      add_scaled(logits[n], items.row(row[n]).data(), d_state.data(), width);
      add_scaled(logits[n], state, d_items.row(row[n]).data(), width);
    }
  }
  return sum;
}

double calibrated_power(std::int64_t drawn, std::int64_t items, double t) {
  const double others = static_cast<double>(std::max<std::int64_t>(items - 1, 1));
  return 1 - t * (1 - std::min(1.0, static_cast<double>(drawn) / others));
}

}  // namespace genre::neural
