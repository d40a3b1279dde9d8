#include "genre/neural/gru.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "genre/neural/room.h"

namespace genre::neural {
namespace {

float sigmoid(float x) { return 1 / (1 + std::exp(-x)); }

// Sequences, the longest first, so that those that have a token at a place are the first of them.
struct ByLength {
  explicit ByLength(std::span<const std::int64_t> bounds) : offsets(bounds), order(bounds.size() - 1) {
    std::iota(order.begin(), order.end(), 0);
    std::ranges::stable_sort(order, std::greater(), [&](std::size_t b) { return length(b); });
  }
  std::int64_t length(std::size_t b) const { return offsets[b + 1] - offsets[b]; }
  std::int64_t longest() const { return order.empty() ? 0 : length(order.front()); }
  // How many have a token at `place`.
  std::int64_t active(std::int64_t place) const {
    return std::ranges::partition_point(order, [&](std::size_t b) { return length(b) > place; }) - order.begin();
  }
  std::int64_t token(std::int64_t sequence, std::int64_t place) const { return offsets[order[sequence]] + place; }

  std::span<const std::int64_t> offsets;
  std::vector<std::size_t> order;
};

}  // namespace

Gru::Gru(Parameters& parameters, const std::string& name, std::int64_t inputs, std::int64_t width, double deviation,
         RandomStream& random)
    : inputs_(inputs),
      width_(width),
      input_(parameters, name + ".input", inputs, 3 * width, deviation, random),
      state_(parameters, name + ".state", width, 3 * width, deviation, random) {}

void Gru::pack(const Parameters& parameters) {
  input_.pack(parameters);
  state_.pack(parameters);
}

void Gru::forward(const Parameters& parameters, ConstMatrixView x, std::span<const std::int64_t> offsets, Saved& saved,
                  MatrixView h) const {
  const std::int64_t tokens = x.rows(), width = width_;
  copy_rows(x, room(saved.read, tokens, inputs_));
  const MatrixView gates = room(saved.gates, tokens, 3 * width), recurrent = room(saved.recurrent, tokens, width),
                   before = room(saved.before, tokens, width);
  input_.forward(parameters, x, gates);
  const ByLength sequences(offsets);
  const auto count = std::ssize(sequences.order);
  Matrix states(count, width), products(count, 3 * width);
  for (std::int64_t place = 0; place < sequences.longest(); ++place) {
    const std::int64_t active = sequences.active(place);
    state_.forward(parameters, {states.data(), active, width}, {products.data(), active, 3 * width});
    for (std::int64_t a = 0; a < active; ++a) {
      const std::int64_t t = sequences.token(a, place);
      float *const gate = gates.row(t).data(), *const state = states.row(a).data();
      const float* const product = products.row(a).data();
      std::copy_n(state, width, before.row(t).data());
      std::copy_n(product + 2 * width, width, recurrent.row(t).data());
      for (std::int64_t d = 0; d < width; ++d) {
        const float r = sigmoid(gate[d] + product[d]), z = sigmoid(gate[width + d] + product[width + d]),
                    n = std::tanh(gate[2 * width + d] + r * product[2 * width + d]);
        gate[d] = r;
        gate[width + d] = z;
        gate[2 * width + d] = n;
        state[d] = (1 - z) * n + z * state[d];
      }
      std::copy_n(state, width, h.row(t).data());
    }
  }
}

void Gru::backward(std::span<const std::int64_t> offsets, const Saved& saved, ConstMatrixView dh, MatrixView dx,
                   Gradients& gradients) const {
  const std::int64_t tokens = dh.rows(), width = width_;
  Matrix d_input(tokens, 3 * width), d_recurrent(tokens, 3 * width);  // of the sums that the gates are made of
  const ByLength sequences(offsets);
  const auto count = std::ssize(sequences.order);
  Matrix carried(count, width), products(count, 3 * width), back(count, width);
  for (std::int64_t place = sequences.longest(); place-- > 0;) {
    const std::int64_t active = sequences.active(place);
    for (std::int64_t a = 0; a < active; ++a) {
      const std::int64_t t = sequences.token(a, place);
      const float *const gate = saved.gates.row(t).data(), *const recurrent = saved.recurrent.row(t).data(),
                         *const before = saved.before.row(t).data(), *const own = dh.row(t).data();
      float *const carry = carried.row(a).data(), *const input = d_input.row(t).data(),
                   *const product = products.row(a).data();
      for (std::int64_t d = 0; d < width; ++d) {
        const float r = gate[d], z = gate[width + d], n = gate[2 * width + d], gradient = own[d] + carry[d];
        const float d_new = gradient * (1 - z) * (1 - n * n);
        input[d] = d_new * recurrent[d] * r * (1 - r);
        input[width + d] = gradient * (before[d] - n) * z * (1 - z);
        input[2 * width + d] = d_new;
        product[d] = input[d];
        product[width + d] = input[width + d];
        product[2 * width + d] = d_new * r;
        carry[d] = gradient * z;
      }
      std::copy_n(product, 3 * width, d_recurrent.row(t).data());
    }
    state_.input_gradient({products.data(), active, 3 * width}, {back.data(), active, width});
    add_scaled(1, back.data(), carried.data(), active * width);
  }
  state_.backward({saved.before.data(), tokens, width}, d_recurrent, {nullptr, 0, width}, gradients);
  input_.backward({saved.read.data(), tokens, inputs_}, d_input, dx, gradients);
}

}  // namespace genre::neural
