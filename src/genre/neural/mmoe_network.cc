#include "genre/neural/mmoe_network.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <utility>

#include "genre/neural/expert_mixture.h"
#include "genre/neural/room.h"

namespace genre::neural {
namespace {

// As in tower.cc, for a user's and an item's vector together.
double pair_deviation(std::int64_t width, std::int64_t outputs) {
  return std::sqrt(2.0 / static_cast<double>(2 * width + outputs));
}

// Row b of sums becomes the sum of the rows of user b.
void sum_by_user(ConstMatrixView rows, MatrixView sums) {
  const std::int64_t each = rows.rows() / sums.rows();
  std::fill_n(sums.data(), sums.rows() * sums.cols(), 0.0f);
  for (std::int64_t n = 0; n < rows.rows(); ++n)
    add_scaled(1, rows.row(n).data(), sums.row(n / each).data(), rows.cols());
}

// y[n] += w . (p * q) for the vectors of its user and item.
void add_products(std::span<const float> weight, ConstMatrixView users, ConstMatrixView items, std::span<float> y) {
  const std::int64_t each = items.rows() / users.rows();
  std::vector<float> weighted(weight.size());
  for (std::int64_t b = 0; b < users.rows(); ++b) {
    std::ranges::transform(weight, users.row(b), weighted.begin(), std::multiplies<>());
    for (std::int64_t n = b * each; n < (b + 1) * each; ++n)
      y[n] += dot(weighted.data(), items.row(n).data(), items.cols());
  }
}

// Adds the gradients of that, of users, of items where these have rows, and of the weight where it has any.
void products_backward(std::span<const float> weight, ConstMatrixView users, ConstMatrixView items,
                       std::span<const float> d_y, MatrixView d_users, MatrixView d_items, std::span<float> d_weight) {
  const std::int64_t each = items.rows() / users.rows();
  std::vector<float> sum(weight.size()), weighted(weight.size());
  for (std::int64_t b = 0; b < users.rows(); ++b) {
    const std::span<const float> user = users.row(b);
    std::ranges::transform(weight, user, weighted.begin(), std::multiplies<>());
    std::ranges::fill(sum, 0.0f);
    for (std::int64_t n = b * each; n < (b + 1) * each; ++n) {
      add_scaled(d_y[n], items.row(n).data(), sum.data(), items.cols());
      if (d_items.rows() > 0) add_scaled(d_y[n], weighted.data(), d_items.row(n).data(), items.cols());
    }
    const std::span<float> d_user = d_users.row(b);
    for (std::size_t d = 0; d < sum.size(); ++d) d_user[d] += sum[d] * weight[d];
    for (std::size_t d = 0; d < d_weight.size(); ++d) d_weight[d] += sum[d] * user[d];
  }
}

}  // namespace

MmoeNetwork::MmoeNetwork(const MmoeShape& shape, Parameters& parameters, RandomStream& random)
    : shape_(shape),
      user_experts_(parameters, "experts.user", shape.width, shape.expert_numbers(),
                    pair_deviation(shape.width, shape.expert_width), random, Bias::kNo),
      item_experts_(parameters, "experts.item", shape.width, shape.expert_numbers(),
                    pair_deviation(shape.width, shape.expert_width), random) {
  TowerShape tower{.widths = {shape.expert_width}, .dropout = shape.dropout};
  tower.widths.insert(tower.widths.end(), shape.hidden.begin(), shape.hidden.end());
  const double gate = pair_deviation(shape.width, shape.experts);
  for (int t = 0; t < shape.tasks; ++t) {
    const std::string name = "task" + std::to_string(t);
    Linear user(parameters, name + ".gate.user", shape.width, shape.experts, gate, random, Bias::kNo);
    Linear item(parameters, name + ".gate.item", shape.width, shape.experts, gate, random);
    Tower above(tower, parameters, name + ".tower", random);
    const int product = parameters.add(name + ".product", 1, shape.width, /*decays=*/true);
    std::ranges::fill(parameters.value(product).row(0), 1.0f);
    tasks_.push_back({std::move(user), std::move(item), std::move(above), product});
  }
  bias_ = parameters.add("bias", 1, shape.tasks, /*decays=*/false);
}

void MmoeNetwork::pack(const Parameters& parameters) {
  user_experts_.pack(parameters);
  item_experts_.pack(parameters);
  for (Task& task : tasks_) {
    task.user_gate.pack(parameters);
    task.item_gate.pack(parameters);
    task.tower.pack(parameters);
  }
}

void MmoeNetwork::describe_items(const Parameters& parameters, int task, ConstMatrixView items, MatrixView experts,
                                 MatrixView gates) const {
  item_experts_.forward(parameters, items, experts);
  tasks_[task].item_gate.forward(parameters, items, gates);
}

void MmoeNetwork::forward(const Parameters& parameters, int task, ConstMatrixView users, ConstMatrixView items,
                          RandomStream* random, Pass& pass, std::span<float> y) const {
  const MatrixView p = room(pass.users, users.rows(), shape_.width), q = room(pass.items, items.rows(), shape_.width);
  copy_rows(users, p);
  copy_rows(items, q);
  if (random != nullptr) {
    pass.of_users.apply(p, shape_.dropout, *random);
    pass.of_items.apply(q, shape_.dropout, *random);
  } else {
    pass.of_users = pass.of_items = {};
  }
  describe_items(parameters, task, q, room(pass.experts, items.rows(), shape_.expert_numbers()),
                 room(pass.gates, items.rows(), shape_.experts));
  mix(parameters, task, p, random, pass, y);
  add_products(parameters.value(tasks_[task].product).row(0), users, items, y);
}

void MmoeNetwork::forward(const Parameters& parameters, int task, ConstMatrixView users, ConstMatrixView items,
                          ConstMatrixView item_experts, ConstMatrixView item_gates, Pass& pass,
                          std::span<float> y) const {
  copy_rows(item_experts, room(pass.experts, item_experts.rows(), shape_.expert_numbers()));
  copy_rows(item_gates, room(pass.gates, item_gates.rows(), shape_.experts));
  mix(parameters, task, users, /*random=*/nullptr, pass, y);
  add_products(parameters.value(tasks_[task].product).row(0), users, items, y);
}

void MmoeNetwork::mix(const Parameters& parameters, int task, ConstMatrixView users, RandomStream* random, Pass& pass,
                      std::span<float> y) const {
  const std::int64_t pairs = std::ssize(y), count = users.rows(), each = pairs / count;
  const MatrixView of_users = room(pass.user_experts, count, shape_.expert_numbers()),
                   user_gates = room(pass.user_gates, count, shape_.experts),
                   mixed = room(pass.mixed, pairs, shape_.expert_width);
  user_experts_.forward(parameters, users, of_users);
  tasks_[task].user_gate.forward(parameters, users, user_gates);
  for (std::int64_t n = 0; n < pairs; ++n) {
    const std::span<float> experts = pass.experts.row(n), gates = pass.gates.row(n), out = mixed.row(n);
    const std::span<const float> of_user = of_users.row(n / each);
    for (std::size_t i = 0; i < experts.size(); ++i) {
      const float sum = experts[i] + of_user[i];
      experts[i] = sum < 0 ? 0.0f : sum;  // NaN stays
    }
    add_scaled(1, user_gates.row(n / each).data(), gates.data(), shape_.experts);
    std::ranges::fill(out, 0.0f);
    add_mixture(experts, gates, out);
  }
  std::ranges::fill(y, parameters.value(bias_).row(0)[task]);
  tasks_[task].tower.forward(parameters, mixed, random, pass.tower, y);
}

void MmoeNetwork::mix_backward(const Parameters& parameters, int task, std::span<const float> d_y, Pass& pass,
                               Gradients* gradients) const {
  const std::int64_t pairs = std::ssize(d_y);
  const MatrixView d_experts = room(pass.d_experts, pairs, shape_.expert_numbers()),
                   d_gates = room(pass.d_gates, pairs, shape_.experts),
                   d_mixed = room(pass.d_mixed, pairs, shape_.expert_width);
  tasks_[task].tower.backward(parameters, first_rows(pass.mixed, pairs), d_y, pass.tower, d_mixed, gradients);
  for (std::int64_t n = 0; n < pairs; ++n) {
    const std::span<const float> experts = pass.experts.row(n);
    const std::span<float> to = d_experts.row(n);
    mixture_backward(d_mixed.row(n), experts, pass.gates.row(n), to, d_gates.row(n));
    for (std::size_t i = 0; i < to.size(); ++i) to[i] = experts[i] > 0 ? to[i] : 0.0f;
  }
}

void MmoeNetwork::backward(const Parameters& parameters, int task, ConstMatrixView users, ConstMatrixView items,
                           std::span<const float> d_y, Pass& pass, MatrixView d_users, MatrixView d_items,
                           Gradients& gradients) const {
  const Task& one = tasks_[task];
  const std::int64_t pairs = std::ssize(d_y), count = d_users.rows();
  mix_backward(parameters, task, d_y, pass, &gradients);
  for (const float d : d_y) gradients[bias_].data()[task] += d;
  const MatrixView d_experts = room(pass.d_experts, pairs, shape_.expert_numbers()),
                   d_gates = room(pass.d_gates, pairs, shape_.experts),
                   d_user_experts = room(pass.d_user_experts, count, shape_.expert_numbers()),
                   d_user_gates = room(pass.d_user_gates, count, shape_.experts);
  sum_by_user(d_experts, d_user_experts);
  sum_by_user(d_gates, d_user_gates);
  const auto both = [&](const Linear& experts, const Linear& gate, ConstMatrixView x, ConstMatrixView of_experts,
                        ConstMatrixView of_gates, MatrixView to) {
    const MatrixView more = room(pass.more, to.rows(), shape_.width);
    experts.backward(x, of_experts, to, gradients);
    gate.backward(x, of_gates, more, gradients);
    add_scaled(1, more.data(), to.data(), to.rows() * to.cols());
  };
  both(user_experts_, one.user_gate, first_rows(pass.users, count), d_user_experts, d_user_gates, d_users);
  both(item_experts_, one.item_gate, first_rows(pass.items, pairs), d_experts, d_gates, d_items);
  pass.of_users.backward(d_users);
  pass.of_items.backward(d_items);
  products_backward(parameters.value(one.product).row(0), users, items, d_y, d_users, d_items,
                    gradients[one.product].row(0));
}

void MmoeNetwork::user_backward(const Parameters& parameters, int task, ConstMatrixView users, ConstMatrixView items,
                                std::span<const float> d_y, Pass& pass, MatrixView d_users) const {
  mix_backward(parameters, task, d_y, pass, nullptr);
  const std::int64_t pairs = std::ssize(d_y), count = d_users.rows();
  const MatrixView d_user_experts = room(pass.d_user_experts, count, shape_.expert_numbers()),
                   d_user_gates = room(pass.d_user_gates, count, shape_.experts),
                   more = room(pass.more, count, shape_.width);
  sum_by_user(first_rows(pass.d_experts, pairs), d_user_experts);
  sum_by_user(first_rows(pass.d_gates, pairs), d_user_gates);
  user_experts_.input_gradient(d_user_experts, d_users);
  tasks_[task].user_gate.input_gradient(d_user_gates, more);
  add_scaled(1, more.data(), d_users.data(), d_users.rows() * d_users.cols());
  products_backward(parameters.value(tasks_[task].product).row(0), users, items, d_y, d_users, {nullptr, 0, 0}, {});
}

}  // namespace genre::neural
