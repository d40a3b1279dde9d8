#include "genre/optim/lamb.h"

#include <cmath>

namespace genre {

void LambOptions::fields(config::Fields& f) {
  OptimizerOptions::fields(f);
  moments.fields(f);
}

std::unique_ptr<Optimizer> LambOptions::build() const { return std::make_unique<Lamb>(*this); }

LearningRates LambOptions::learning_rates(Training training) const {
  return training == Training::kFineTuning ? LearningRates{1e-3, 1e-5, 1e-2} : LearningRates{2e-3, 1e-4, 2e-2};
}

int Lamb::add(std::int64_t rows, std::int64_t cols) {
  const auto size = static_cast<std::size_t>(rows * cols);
  tensors_.push_back({std::vector<float>(size), std::vector<float>(size)});
  return static_cast<int>(tensors_.size()) - 1;
}

void Lamb::update(int tensor, std::span<float> values, std::span<const float> gradient, const UpdateRule& rule) {
  auto& [first, second] = tensors_[tensor];
  const auto t = static_cast<double>(step());
  const double correct1 = 1 / (1 - std::pow(moments_.beta1, t)), correct2 = 1 / (1 - std::pow(moments_.beta2, t));
  direction_.resize(values.size());
  double of_values = 0, of_direction = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double g = gradient[i];
    const double m = moments_.beta1 * first[i] + (1 - moments_.beta1) * g;
    const double v = moments_.beta2 * second[i] + (1 - moments_.beta2) * g * g;
    first[i] = static_cast<float>(m);
    second[i] = static_cast<float>(v);
    const double r = m * correct1 / (std::sqrt(v * correct2) + moments_.epsilon) + rule.weight_decay * values[i];
    direction_[i] = static_cast<float>(r);
    of_values += static_cast<double>(values[i]) * values[i];
    of_direction += r * r;
  }
  const double trust = of_values > 0 && of_direction > 0 ? std::sqrt(of_values / of_direction) : 1;
  const auto rate = static_cast<float>(rule.learning_rate * trust);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] -= rate * direction_[i];
}

std::vector<Optimizer::State> Lamb::states() {
  std::vector<State> out;
  for (std::size_t t = 0; t < tensors_.size(); ++t) {
    out.push_back({"first_moment." + std::to_string(t), tensors_[t].first});
    out.push_back({"second_moment." + std::to_string(t), tensors_[t].second});
  }
  return out;
}

}  // namespace genre
