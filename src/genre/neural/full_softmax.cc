#include "genre/neural/full_softmax.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "genre/nn/softmax.h"

namespace genre::neural {
namespace {

constexpr float kNoPart = -1e30f;  // a logit whose share is about 0

}  // namespace

void FullSoftmax::pack(ConstMatrixView items, std::span<const float> shift) {
  assert(shift.empty() || std::ssize(shift) == items.rows());
  items_ = items.rows();
  shift_.assign(shift.begin(), shift.end());
  by_item_.repack(items, /*transposed=*/true);
  by_state_.repack(items, /*transposed=*/false);
}

double FullSoftmax::loss(ConstMatrixView states, std::span<const std::int32_t> targets, float factor,
                         MatrixView d_states, MatrixView d_items, std::span<const std::int32_t> left_out) const {
  assert(states.rows() == static_cast<std::int64_t>(targets.size()) && d_items.rows() == items_);
  assert(left_out.empty() || left_out.size() == targets.size());
  const std::int64_t width = states.cols(), stride = nn::softmax_stride(items_),
                     most = std::max(kLogitBytes / (4 * stride), kFewestRows);
  thread_local PageVector<float> logits;
  thread_local PackedMatrix packed;
  double sum = 0;
  for (std::int64_t first = 0; first < states.rows(); first += most) {
    const std::int64_t rows = std::min(most, states.rows() - first);
    if (std::ssize(logits) < rows * stride) logits.resize(rows * stride);
    const float* const some = states.data() + first * width;
    multiply_serial(some, rows, width, by_item_, logits.data(), stride,
                    {.bias = shift_.empty() ? nullptr : shift_.data()});
    for (std::int64_t t = 0; t < rows; ++t) {
      float* const row = logits.data() + t * stride;
      if (!left_out.empty()) row[left_out[first + t]] = kNoPart;
      const float inverse = nn::exponentiate(row, items_) * factor;
      const std::int32_t target = targets[first + t];
      sum -= std::log(std::max(double{row[target]} * inverse / factor, 1e-38));
      for (std::int64_t i = 0; i < items_; ++i) row[i] *= inverse;
      row[target] -= factor;
    }
    multiply_serial(logits.data(), rows, stride, by_state_, d_states.data() + first * width, width);
    packed.repack({some, rows, width}, /*transposed=*/false);
    multiply_serial_transposed(logits.data(), items_, stride, packed, d_items.data(), width,
                               {.residual = d_items.data()});
  }
  return sum;
}

}  // namespace genre::neural
