#include "genre/neural/pair_network.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "genre/neural/room.h"

namespace genre::neural {
namespace {

// y = factor * a.
void multiply_by(float factor, const float* a, float* y, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) y[i] = factor * a[i];
}

// y = factor * a * b, number by number.
void multiply_elements(float factor, const float* a, const float* b, float* y, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) y[i] = factor * a[i] * b[i];
}

// Columns [at, at + width) of `from`, in `memory`.
MatrixView columns(ConstMatrixView from, std::int64_t at, std::int64_t width, Matrix& memory) {
  const MatrixView out = room(memory, from.rows(), width);
  for (std::int64_t r = 0; r < out.rows(); ++r) std::copy_n(from.row(r).data() + at, width, out.row(r).data());
  return out;
}

void copy_into_columns(ConstMatrixView from, std::int64_t at, MatrixView to) {
  for (std::int64_t r = 0; r < from.rows(); ++r) std::copy_n(from.row(r).data(), from.cols(), to.row(r).data() + at);
}

void add_to(ConstMatrixView from, MatrixView to) {
  for (std::int64_t r = 0; r < from.rows(); ++r) add_scaled(1, from.row(r).data(), to.row(r).data(), from.cols());
}

}  // namespace

PairNetwork::PairNetwork(const PairShape& shape, Parameters& parameters, RandomStream& random) : shape_(shape) {
  assert(shape.gmf || (shape.tower() && !shape.shared()));
  if (shape.gmf && !shape.shared()) {
    gmf_ = parameters.add("gmf.weight", 1, shape.width, /*decays=*/true);
    fill_normal(parameters.value(gmf_), 1 / std::sqrt(static_cast<double>(shape.width)), random);
  }
  if (shape.tower()) {
    const std::int64_t first = shape.hidden.front();
    const std::int64_t below = shape.width + shape.tower_item();
    const double deviation = std::sqrt(2.0 / static_cast<double>(below + first));  // as in tower.cc
    of_user_.emplace(parameters, "mlp.user", shape.width, first, deviation, random, Bias::kNo);
    of_item_.emplace(parameters, "mlp.item", shape.tower_item(), first, deviation, random);
    tower_.emplace(TowerShape{shape.hidden, shape.dropout}, parameters, "mlp", random);
  }
  bias_ = parameters.add("bias", 1, 1, /*decays=*/false);
}

void PairNetwork::pack(const Parameters& parameters) {
  if (!shape_.tower()) return;
  of_user_->pack(parameters);
  of_item_->pack(parameters);
  tower_->pack(parameters);
}

const float* PairNetwork::gmf_weight(const Parameters& parameters) const {
  return gmf_ < 0 ? nullptr : parameters.value(gmf_).data();
}

MatrixView PairNetwork::tower_users(ConstMatrixView users, Matrix& memory) const {
  return columns(users, shape_.tower_user_at(), shape_.width, memory);
}

MatrixView PairNetwork::tower_items(ConstMatrixView items, Matrix& memory) const {
  return columns(items, shape_.tower_item_at(), shape_.tower_item(), memory);
}

void PairNetwork::forward(const Parameters& parameters, ConstMatrixView users, ConstMatrixView items,
                          RandomStream* random, Pass& pass, std::span<float> logits) const {
  const std::int64_t pairs = items.rows(), each = pairs / users.rows(), width = shape_.width;
  assert(std::ssize(logits) == pairs && users.cols() == shape_.user_vector() && items.cols() == shape_.item_vector());
  std::ranges::fill(logits, bias(parameters));
  if (shape_.shared()) {
    for (std::int64_t n = 0; n < pairs; ++n)
      logits[n] += dot(users.row(n / each).data(), items.row(n).data(), width) + items.row(n)[width];
  } else if (const float* const weight = gmf_weight(parameters)) {
    thread_local std::vector<float> weighted;
    weighted.resize(width);
    for (std::int64_t u = 0; u < users.rows(); ++u) {
      multiply_elements(1, weight, users.row(u).data(), weighted.data(), width);
      for (std::int64_t n = u * each; n < (u + 1) * each; ++n)
        logits[n] += dot(weighted.data(), items.row(n).data(), width);
    }
  }
  if (!shape_.tower()) return;
  const std::int64_t hidden = shape_.hidden.front();
  const MatrixView p = tower_users(users, pass.users), q = tower_items(items, pass.items),
                   of_users = room(pass.of_users, users.rows(), hidden), sums = room(pass.sums, pairs, hidden);
  if (random != nullptr) {
    pass.of_p.apply(p, shape_.dropout, *random);
    pass.of_q.apply(q, shape_.dropout, *random);
  } else {
    pass.of_p = pass.of_q = {};
  }
  of_user_->forward(parameters, p, of_users);
  of_item_->forward(parameters, q, sums);
  for (std::int64_t n = 0; n < pairs; ++n) add_scaled(1, of_users.row(n / each).data(), sums.row(n).data(), hidden);
  tower_->forward(parameters, sums, random, pass.tower, logits);
}

void PairNetwork::backward(const Parameters& parameters, ConstMatrixView users, ConstMatrixView items,
                           std::span<const float> d_logits, Pass& pass, MatrixView d_users, MatrixView d_items,
                           Gradients& gradients) const {
  const std::int64_t count = users.rows(), pairs = items.rows(), each = pairs / count, width = shape_.width;
  for (const float d : d_logits) gradients[bias_].data()[0] += d;
  if (shape_.shared()) {
    for (std::int64_t u = 0; u < count; ++u) {
      std::ranges::fill(d_users.row(u), 0.0f);
      for (std::int64_t n = u * each; n < (u + 1) * each; ++n) {
        multiply_by(d_logits[n], users.row(u).data(), d_items.row(n).data(), width);
        d_items.row(n)[width] = d_logits[n];
        add_scaled(d_logits[n], items.row(n).data(), d_users.row(u).data(), width);
        if (!shape_.tower()) std::fill_n(d_items.row(n).data() + width + 1, shape_.tower_item(), 0.0f);
      }
    }
  } else if (const float* const weight = gmf_weight(parameters)) {
    float* const d_weight = gradients[gmf_].data();
    for (std::int64_t u = 0; u < count; ++u) {
      const float* const user = users.row(u).data();
      float* const d_user = d_users.row(u).data();
      std::fill_n(d_user, width, 0.0f);
      for (std::int64_t n = u * each; n < (u + 1) * each; ++n) {
        multiply_elements(d_logits[n], weight, user, d_items.row(n).data(), width);
        add_scaled(d_logits[n], items.row(n).data(), d_user, width);
      }
      for (std::int64_t d = 0; d < width; ++d) {
        d_weight[d] += user[d] * d_user[d];
        d_user[d] *= weight[d];
      }
    }
  }
  if (!shape_.tower()) return;
  const std::int64_t hidden = shape_.hidden.front();
  const auto saved = [](const Matrix& matrix, std::int64_t rows) {
    return ConstMatrixView(matrix.data(), rows, matrix.cols());
  };
  const MatrixView d_p = room(pass.d_users, count, width), d_q = room(pass.d_items, pairs, shape_.tower_item()),
                   d_of_users = room(pass.d_of_users, count, hidden), d_sums = room(pass.d_sums, pairs, hidden);
  tower_->backward(parameters, saved(pass.sums, pairs), d_logits, pass.tower, d_sums, &gradients);
  std::fill_n(d_of_users.data(), count * hidden, 0.0f);
  for (std::int64_t n = 0; n < pairs; ++n) add_scaled(1, d_sums.row(n).data(), d_of_users.row(n / each).data(), hidden);
  of_item_->backward(saved(pass.items, pairs), d_sums, d_q, gradients);
  of_user_->backward(saved(pass.users, count), d_of_users, d_p, gradients);
  pass.of_q.backward(d_q);
  pass.of_p.backward(d_p);
  copy_into_columns(d_q, shape_.tower_item_at(), d_items);
  if (shape_.shared())
    add_to(d_p, d_users);
  else
    copy_into_columns(d_p, shape_.tower_user_at(), d_users);
}

}  // namespace genre::neural
