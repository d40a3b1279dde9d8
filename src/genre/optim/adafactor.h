// Adafactor: second moments of a matrix as one number a row and one a column. Source: Shazeer and Stern, "Adafactor:
// Adaptive Learning Rates with Sublinear Memory Cost" (2018), in the form of torch.optim.Adafactor: no first moment,
// steps relative to the root mean square of the tensor, decoupled weight decay.
#pragma once

#include "genre/optim/optimizer.h"

namespace genre {

class AdafactorOptions : public OptimizerOptions {
 public:
  double decay_exponent = -0.8;  // the second moments' decay at step t is 1 - t^decay_exponent
  double smallest_scale = 1e-3;  // of a tensor, for the size of its steps
  double update_clip = 1.0;      // largest root mean square of an update
  std::string_view name() const override { return "adafactor"; }
  void fields(config::Fields& f) override;
  std::unique_ptr<Optimizer> build() const override;
  LearningRates learning_rates(Training training) const override;
};

class Adafactor : public Optimizer {
 public:
  explicit Adafactor(const AdafactorOptions& options);
  int add(std::int64_t rows, std::int64_t cols) override;
  void update(int tensor, std::span<float> values, std::span<const float> gradient, const UpdateRule& rule) override;
  std::vector<State> states() override;

 private:
  struct Tensor {
    std::int64_t rows, cols;
    std::vector<float> of_rows, of_cols;  // of a vector: none, and one number an element
  };
  double decay_exponent_, smallest_scale_, update_clip_;
  std::vector<Tensor> tensors_;
  std::vector<float> direction_;
};

}  // namespace genre
