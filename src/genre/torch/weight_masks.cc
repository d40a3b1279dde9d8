#include "genre/torch/weight_masks.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>

#include "genre/base/error.h"
#include "genre/torch/straight_through.h"

namespace genre::trainer {
namespace {

constexpr std::int64_t kGroup = 4, kKeptOfGroup = 2, kGroups = 2;  // of 2:4, which lies in pairs of groups
constexpr std::int64_t kSide = nn::BlockWeights::kSide;

torch::Tensor largest(const torch::Tensor& of, std::int64_t count) {
  return torch::zeros_like(of).scatter_(-1, std::get<1>(of.topk(count, -1)), 1);
}

ConstMatrixView view(const torch::Tensor& matrix) { return {matrix.data_ptr<float>(), matrix.size(0), matrix.size(1)}; }

}  // namespace

WeightMasks::WeightMasks(const CompressionOptions& options, const std::vector<std::string>& weights,
                         Parameters& parameters)
    : options_(options), parameters_(parameters) {
  const bool groups = options.sparse == "2:4";
  for (const std::string& name : weights) {
    const torch::Tensor& value = parameters.at(name);
    if (groups ? value.size(1) % (kGroups * kGroup) != 0 : value.size(0) % kSide != 0 || value.size(1) % kSide != 0)
      throw Error(ErrorCode::kConfig,
                  "'" + name + "' is " + std::to_string(value.size(0)) + " x " + std::to_string(value.size(1)) +
                      ", wanted " + (groups ? "a multiple of 8 inputs" : "multiples of 4"),
                  "choose another pattern", {.key = "finetune.compression.sparse"});
    kept_[name] = torch::ones_like(value);
    if (options.score == "movement") movement_[name] = torch::zeros_like(value);
  }
}

torch::Tensor WeightMasks::masked(const std::string& weight) const {
  const torch::Tensor& value = parameters_.on_device(weight);
  torch::Tensor changed;
  {
    const torch::NoGradGuard no_graph;
    changed = value * kept_.at(weight).to(value.device());
  }
  return straight_through(value, changed);
}

CompactWeight WeightMasks::compact(const std::string& weight) const {
  const torch::NoGradGuard no_graph;
  const torch::Tensor whole = masked(weight).detach().cpu().contiguous();
  if (options_.sparse == "2:4") return nn::keep_two_of_four(view(whole));
  return nn::keep_blocks(view(whole), kept_.at(weight).mean(torch::kFloat64).item<double>());
}

std::vector<std::string> WeightMasks::weights() const {
  std::vector<std::string> out;
  for (const auto& [name, kept] : kept_) out.push_back(name);
  return out;
}

std::int64_t WeightMasks::first_choice() const {
  return static_cast<std::int64_t>(options_.warmup * static_cast<double>(steps_));
}

std::int64_t WeightMasks::last_choice() const {
  return steps_ - static_cast<std::int64_t>(options_.settled * static_cast<double>(steps_));
}

double WeightMasks::density(std::int64_t step) const {
  const std::int64_t first = first_choice(), last = last_choice();
  if (step <= first && step < last) return 1;
  if (options_.sparse == "2:4") return static_cast<double>(kKeptOfGroup) / kGroup;
  if (step >= last) return options_.density;
  const double left = 1 - static_cast<double>(step - first) / static_cast<double>(last - first);
  return options_.density + (1 - options_.density) * left * left * left;
}

void WeightMasks::end_step(std::int64_t step) {
  const torch::NoGradGuard no_graph;
  for (auto& [name, movement] : movement_) {
    const torch::Tensor& value = parameters_.at(name);
    if (step < last_choice() && value.grad().defined()) movement.addcmul_(value, value.grad(), -1);
  }
  const bool chooses = step > first_choice() && step < last_choice() && step % options_.interval == 0;
  if (!chooses && step != last_choice()) return;
  for (auto& [name, kept] : kept_) kept.copy_(choose(name, density(step)));
}

torch::Tensor WeightMasks::choose(const std::string& weight, double density) const {
  const bool moves = options_.score == "movement";
  const torch::Tensor& value = parameters_.at(weight);
  const torch::Tensor score = moves ? movement_.at(weight) : value.square();
  const std::int64_t rows = value.size(0), cols = value.size(1);
  if (options_.sparse == "2:4")
    return largest(score.view({rows, cols / kGroup, kGroup}), kKeptOfGroup).view({rows, cols});
  const std::int64_t down = rows / kSide, across = cols / kSide, blocks = down * across;
  const torch::Tensor of_blocks = score.view({down, kSide, across, kSide}).sum({1, 3}).flatten();
  const std::int64_t count = std::clamp<std::int64_t>(std::llround(density * static_cast<double>(blocks)), 1, blocks);
  return largest(of_blocks, count)
      .view({down, 1, across, 1})
      .expand({down, kSide, across, kSide})
      .reshape({rows, cols});
}

std::vector<Optimizer::State> WeightMasks::states() {
  std::vector<Optimizer::State> out;
  for (auto& [name, kept] : kept_) out.push_back({"kept." + name, numbers_of(kept)});
  for (auto& [name, movement] : movement_) out.push_back({"movement." + name, numbers_of(movement)});
  return out;
}

}  // namespace genre::trainer
