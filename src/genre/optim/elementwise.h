// Optimizers that treat every number by itself, with one or two numbers of state for each.
#pragma once

#include <array>
#include <vector>

#include "genre/optim/optimizer.h"

namespace genre {

class ElementwiseOptimizer : public Optimizer {
 public:
  int add(std::int64_t rows, std::int64_t cols) override;
  void update(int tensor, std::span<float> values, std::span<const float> gradient, const UpdateRule& rule) override;
  bool updates_rows() const override { return true; }
  void update_rows(int tensor, std::span<float> values, std::span<const std::int64_t> rows,
                   std::span<const float> gradient, const UpdateRule& rule) override;
  std::vector<State> states() override;

 protected:
  // Names of the states a number has, at most two; an empty one: it has none.
  explicit ElementwiseOptimizer(std::array<std::string, 2> states) : names_(std::move(states)) {}

  // n numbers that lie together. `first` and `second` are null where the optimizer has no such state.
  struct Elements {
    float* values;
    const float* gradient;
    float *first, *second;
    std::size_t n;
  };
  virtual void apply(const Elements& elements, const UpdateRule& rule) const = 0;

 private:
  struct Tensor {
    std::int64_t cols;
    std::array<std::vector<float>, 2> states;
    float* state(int which, std::size_t at) { return states[which].empty() ? nullptr : states[which].data() + at; }
  };
  std::array<std::string, 2> names_;
  std::vector<Tensor> tensors_;
};

}  // namespace genre
