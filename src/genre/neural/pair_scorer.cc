#include "genre/neural/pair_scorer.h"

#include <algorithm>

#include "genre/neural/binary_cross_entropy.h"
#include "genre/neural/room.h"

namespace genre::neural {
namespace {

constexpr std::int64_t kItemsOfTower = 256;  // that go through the tower together: their states stay in the cache

// Memory of a thread.
struct Scratch {
  Matrix weighted, p, of_users, sums, d_sums;
  std::vector<float> logits, d_logits, d_of_user;
  Tower::Pass tower;
};

Scratch& scratch() {
  thread_local Scratch own;
  return own;
}

// Row q becomes w * p of user q, whose product with q of an item is what that part says; without w p alone.
MatrixView weighted(ConstMatrixView users, const float* weight, std::int64_t width, Matrix& memory) {
  const MatrixView out = room(memory, users.rows(), width);
  for (std::int64_t u = 0; u < users.rows(); ++u)
    for (std::int64_t d = 0; d < width; ++d) out.row(u)[d] = (weight == nullptr ? 1 : weight[d]) * users.row(u)[d];
  return out;
}

// Row i becomes what goes into the tower for the user and item number(i).
template <class Number>
MatrixView sums(ConstMatrixView of_items, std::span<const float> of_user, std::int64_t count, const Number& number,
                Matrix& memory) {
  const MatrixView out = room(memory, count, of_items.cols());
  for (std::int64_t i = 0; i < count; ++i) {
    std::ranges::copy(of_items.row(number(i)), out.row(i).data());
    add_scaled(1, of_user.data(), out.row(i).data(), out.cols());
  }
  return out;
}

}  // namespace

PairScorer::PairScorer(const PairNetwork& network, const Parameters& parameters, ConstMatrixView items)
    : network_(network), parameters_(parameters), items_(items) {
  const PairShape& shape = network.shape();
  biases_.assign(items.rows(), network.bias(parameters));
  for (std::int64_t i = 0; shape.shared() && i < items.rows(); ++i) biases_[i] += items.row(i)[shape.width];
  if (shape.gmf) {
    Matrix q(items.rows(), shape.width);
    for (std::int64_t i = 0; i < items.rows(); ++i) std::copy_n(items.row(i).data(), shape.width, q.row(i).data());
    product_.repack(q, /*transposed=*/true);
  }
  if (shape.tower()) {
    Matrix q;
    of_items_ = Matrix(items.rows(), shape.hidden.front());
    network.of_item().forward(parameters, network.tower_items(items, q), of_items_.view());
  }
}

void PairScorer::score(ConstMatrixView users, MatrixView scores) const {
  Scratch& own = scratch();
  const PairShape& shape = network_.shape();
  if (shape.gmf) {
    const MatrixView left = weighted(users, network_.gmf_weight(parameters_), shape.width, own.weighted);
    multiply_serial(left.data(), left.rows(), left.cols(), product_, scores.data(), scores.cols());
  } else {
    std::fill_n(scores.data(), scores.rows() * scores.cols(), 0.0f);
  }
  for (std::int64_t u = 0; u < users.rows(); ++u) add_scaled(1, biases_.data(), scores.row(u).data(), scores.cols());
  if (!shape.tower()) return;
  const MatrixView of_users = room(own.of_users, users.rows(), of_items_.cols());
  network_.of_user().forward(parameters_, network_.tower_users(users, own.p), of_users);
  for (std::int64_t u = 0; u < users.rows(); ++u)
    for (std::int64_t first = 0; first < scores.cols(); first += kItemsOfTower) {
      const std::int64_t count = std::min(kItemsOfTower, scores.cols() - first);
      const MatrixView x = sums(
          of_items_, of_users.row(u), count, [first](std::int64_t i) { return first + i; }, own.sums);
      network_.tower().forward(parameters_, x, /*random=*/nullptr, own.tower, scores.row(u).subspan(first, count));
    }
}

double PairScorer::user_gradient(std::span<const float> user, std::span<const std::int32_t> numbers,
                                 std::span<const float> labels, std::span<float> d_user) const {
  Scratch& own = scratch();
  const PairShape& shape = network_.shape();
  const ConstMatrixView users(user.data(), 1, shape.user_vector());
  const std::int64_t pairs = std::ssize(numbers), width = shape.width, hidden = of_items_.cols();
  const float* const weight = network_.gmf_weight(parameters_);
  own.logits.resize(pairs);
  for (std::int64_t n = 0; n < pairs; ++n) own.logits[n] = biases_[numbers[n]];
  own.d_logits.resize(pairs);
  if (shape.gmf) {
    const float* const left = weighted(users, weight, width, own.weighted).data();
    for (std::int64_t n = 0; n < pairs; ++n) own.logits[n] += dot(left, items_.row(numbers[n]).data(), width);
  }
  if (shape.tower()) {
    const MatrixView of_user = room(own.of_users, 1, hidden);
    network_.of_user().forward(parameters_, network_.tower_users(users, own.p), of_user);
    const MatrixView x = sums(
        of_items_, of_user.row(0), pairs, [&](std::int64_t n) { return numbers[n]; }, own.sums);
    network_.tower().forward(parameters_, x, /*random=*/nullptr, own.tower, own.logits);
  }
  const auto count = static_cast<float>(pairs);
  const double loss = binary_cross_entropy(own.logits, labels, 1 / count, own.d_logits) / count;
  std::ranges::fill(d_user, 0.0f);
  if (shape.gmf) {
    for (std::int64_t n = 0; n < pairs; ++n)
      add_scaled(own.d_logits[n], items_.row(numbers[n]).data(), d_user.data(), width);
    for (std::int64_t d = 0; weight != nullptr && d < width; ++d) d_user[d] *= weight[d];
  }
  if (shape.tower()) {
    const MatrixView d_sums = room(own.d_sums, pairs, hidden), d_p = room(own.p, 1, width);
    network_.tower().backward(parameters_, {own.sums.data(), pairs, hidden}, own.d_logits, own.tower, d_sums,
                              /*gradients=*/nullptr);
    own.d_of_user.assign(hidden, 0.0f);
    for (std::int64_t n = 0; n < pairs; ++n) add_scaled(1, d_sums.row(n).data(), own.d_of_user.data(), hidden);
    network_.of_user().input_gradient({own.d_of_user.data(), 1, hidden}, d_p);
    add_scaled(1, d_p.data(), d_user.data() + shape.tower_user_at(), width);
  }
  return loss;
}

}  // namespace genre::neural
