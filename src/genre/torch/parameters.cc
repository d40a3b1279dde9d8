#include "genre/torch/parameters.h"

#include <torch/torch.h>

#include <cassert>

#include "genre/torch/block_weights.h"

namespace genre::trainer {

void Parameters::add(std::string name, const torch::Tensor& value, int depth) {
  assert(!has(name));
  number_.emplace(name, all_.size());
  const torch::Tensor whole = value.to(torch::kFloat32).contiguous();
  const bool blocks =
      format_ != BlockFormat::kF32 && value.dim() == 2 && value.size(1) % block_shape(format_).elements == 0;
  all_.push_back({.name = std::move(name),
                  .value = blocks ? to_blocks(whole, format_) : whole.clone(),
                  .depth = depth,
                  .decays = value.dim() > 1});
  if (!blocks) return;
  all_.back().format = format_;
  all_.back().columns = value.size(1);
}

const torch::Tensor& Parameters::at(const std::string& name) const {
  assert(!parameter(name).in_blocks());
  return parameter(name).value;
}

const torch::Tensor& Parameters::on_device(const std::string& name) const {
  const torch::Tensor& value = at(name);
  if (device_.is_cpu()) return value;
  torch::Tensor& copy = copies_[name];
  if (!copy.defined()) {
    const at::AutoGradMode graph(true);  // it outlives the measurement that may ask for it first
    copy = value.to(device_);
  }
  return copy;
}

void Parameters::set_device(torch::Device device) {
  device_ = device;
  copies_.clear();
}

torch::Tensor Parameters::whole(const std::string& name) const {
  const Parameter& one = parameter(name);
  return one.in_blocks() ? from_blocks(one.value, one.format, one.columns) : one.value;
}

std::vector<std::int64_t> Parameters::sizes(const std::string& name) const {
  const Parameter& one = parameter(name);
  return one.in_blocks() ? std::vector{one.value.size(0), one.columns} : one.value.sizes().vec();
}

std::int64_t Parameters::count() const {
  std::int64_t sum = 0;
  for (const Parameter& one : all_) sum += one.in_blocks() ? one.value.size(0) * one.columns : one.value.numel();
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

torch::Tensor look_up(const Parameters& parameters, const std::string& table, const torch::Tensor& ids) {
  const Parameter& words = parameters.parameter(table);
  const torch::Device device = ids.device();
  if (words.rows.defined())
    return torch::embedding(words.rows.to(device), torch::searchsorted(words.row_ids.to(device), ids));
  const auto rows = [&](const torch::Tensor& some) {
    if (!words.in_blocks()) return torch::embedding(parameters.on_device(table), some);
    return from_blocks(words.value.index_select(0, some.cpu()), words.format, words.columns).to(device);
  };
  if (!parameters.has(kVirtualWords)) return rows(ids);
  const torch::Tensor virtual_ids = ids - words.value.size(0);
  return torch::where(virtual_ids.unsqueeze(1) >= 0,
                      torch::embedding(parameters.on_device(kVirtualWords), virtual_ids.clamp_min(0)),
                      rows(ids.clamp_max(words.value.size(0) - 1)));
}

std::span<float> numbers_of(const torch::Tensor& tensor) {
  assert(tensor.is_contiguous() && tensor.scalar_type() == torch::kFloat32);
  return {tensor.data_ptr<float>(), static_cast<std::size_t>(tensor.numel())};
}

}  // namespace genre::trainer
