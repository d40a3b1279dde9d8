#include "genre/torch/parameters.h"

#include <cassert>

namespace genre::trainer {

void Parameters::add(std::string name, const torch::Tensor& value, int depth) {
  assert(!has(name));
  number_.emplace(name, all_.size());
  all_.push_back({.name = std::move(name),
                  .value = value.to(torch::kFloat32).contiguous().clone(),
                  .depth = depth,
                  .decays = value.dim() > 1});
}

std::int64_t Parameters::count() const {
  std::int64_t sum = 0;
  for (const Parameter& one : all_) sum += one.value.numel();
  return sum;
}

std::int64_t Parameters::trained_count() const {
  std::int64_t sum = 0;
  for (const Parameter& one : all_) sum += one.trained ? one.value.numel() : 0;
  return sum;
}

void Parameters::require_gradients() {
  for (Parameter& one : all_) one.value.requires_grad_(one.trained);
}

std::span<float> numbers_of(const torch::Tensor& tensor) {
  assert(tensor.is_contiguous() && tensor.scalar_type() == torch::kFloat32);
  return {tensor.data_ptr<float>(), static_cast<std::size_t>(tensor.numel())};
}

}  // namespace genre::trainer
