#include "genre/optim/elementwise.h"

#include <cassert>

#include "genre/base/thread_pool.h"

namespace genre {

int ElementwiseOptimizer::add(std::int64_t rows, std::int64_t cols) {
  Tensor tensor{.cols = cols, .states = {}};
  for (std::size_t which = 0; which < names_.size(); ++which)
    if (!names_[which].empty()) tensor.states[which].assign(static_cast<std::size_t>(rows * cols), 0.0f);
  tensors_.push_back(std::move(tensor));
  return static_cast<int>(tensors_.size()) - 1;
}

void ElementwiseOptimizer::update(int tensor, std::span<float> values, std::span<const float> gradient,
                                  const UpdateRule& rule) {
  assert(values.size() == gradient.size());
  Tensor& own = tensors_[tensor];
  global_pool().parallel_for(values.size(), 1 << 15, [&](std::size_t begin, std::size_t end, int) {
    apply({values.data() + begin, gradient.data() + begin, own.state(0, begin), own.state(1, begin), end - begin},
          rule);
  });
}

void ElementwiseOptimizer::update_rows(int tensor, std::span<float> values, std::span<const std::int64_t> rows,
                                       std::span<const float> gradient, const UpdateRule& rule) {
  Tensor& own = tensors_[tensor];
  const auto cols = static_cast<std::size_t>(own.cols);
  assert(gradient.size() == rows.size() * cols);
  global_pool().parallel_for(rows.size(), 64, [&](std::size_t begin, std::size_t end, int) {
    for (std::size_t i = begin; i < end; ++i) {
      const std::size_t at = static_cast<std::size_t>(rows[i]) * cols;
      apply({values.data() + at, gradient.data() + i * cols, own.state(0, at), own.state(1, at), cols}, rule);
    }
  });
}

std::vector<Optimizer::State> ElementwiseOptimizer::states() {
  std::vector<State> out;
  for (std::size_t t = 0; t < tensors_.size(); ++t)
    for (std::size_t which = 0; which < names_.size(); ++which)
      if (!names_[which].empty()) out.push_back({names_[which] + "." + std::to_string(t), tensors_[t].states[which]});
  return out;
}

}  // namespace genre
