#include "genre/torch/adalora.h"

#include <torch/torch.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "genre/torch/dropout.h"

namespace genre::trainer {

AdaLoraAdapters::AdaLoraAdapters(const LoraOptions& lora, const AdaLoraOptions& options, int first, Transformer& model,
                                 Parameters& parameters)
    : lora_(lora), options_(options), model_(model), parameters_(parameters) {
  constexpr double kDeviation = 0.02;
  const std::int64_t rank = options.initial_rank;
  for (const auto& [name, layer] : adapted_products(lora.targets, first, model)) {
    add_adapter_tensor(parameters, q(name), torch::randn({rank, model.inputs(name)}) * kDeviation, layer);
    add_adapter_tensor(parameters, lambda(name), torch::zeros({rank, 1}), layer);
    add_adapter_tensor(parameters, p(name), torch::randn({model.outputs(name), rank}) * kDeviation, layer);
    for (const std::string& tensor : {q(name), lambda(name), p(name)})
      sensitivity_[tensor] = {torch::zeros_like(parameters.at(tensor)), torch::zeros_like(parameters.at(tensor))};
    kept_[name] = torch::ones({rank, 1});
    adapted_.insert(name);
  }
  model.set_linear([this](const std::string& name, const torch::Tensor& x) {
    torch::Tensor out = model_.product(name, x);
    if (!adapted_.contains(name)) return out;
    const torch::Tensor read = training_ ? drop(x, lora_.dropout) : x;
    const torch::Tensor scaled = parameters_.on_device(q(name)) * parameters_.on_device(lambda(name));
    return out + torch::linear(torch::linear(read, scaled), parameters_.on_device(p(name))) * scale();
  });
  if (!adapted_.empty()) parameters.set_rule(this);
}

torch::Tensor AdaLoraAdapters::merged(const std::string& name) const {
  const torch::Tensor value = parameters_.whole(name);
  const std::string product = name.substr(0, name.rfind('.'));
  if (!name.ends_with(".weight") || !adapted_.contains(product)) return value;
  const torch::NoGradGuard no_graph;
  const torch::Tensor change =
      torch::mm(parameters_.at(p(product)), parameters_.at(q(product)) * parameters_.at(lambda(product)));
  return value + (model_.input_major() ? change.t() : change) * scale();
}

torch::Tensor AdaLoraAdapters::penalty() const {
  const torch::Tensor unit = torch::eye(options_.initial_rank, parameters_.device());
  torch::Tensor sum = torch::zeros({}, parameters_.device());
  for (const std::string& name : adapted_) {
    const torch::Tensor &rows = parameters_.on_device(q(name)), &columns = parameters_.on_device(p(name));
    sum = sum + (torch::mm(rows, rows.t()) - unit).norm() + (torch::mm(columns.t(), columns) - unit).norm();
  }
  return sum * (options_.orthogonality / (2.0 * static_cast<double>(adapted_.size())));
}

std::int64_t AdaLoraAdapters::first_cut() const {
  return static_cast<std::int64_t>(options_.warmup * static_cast<double>(steps_));
}

std::int64_t AdaLoraAdapters::last_cut() const {
  return steps_ - static_cast<std::int64_t>(options_.settled * static_cast<double>(steps_));
}

std::int64_t AdaLoraAdapters::budget(std::int64_t step) const {
  const auto products = static_cast<std::int64_t>(adapted_.size());
  const std::int64_t first = first_cut(), last = last_cut(), all = options_.initial_rank * products,
                     wanted = lora_.rank * products;
  if (step <= first) return all;
  if (step >= last) return wanted;
  const double left = 1 - static_cast<double>(step - first) / static_cast<double>(last - first);
  return static_cast<std::int64_t>(static_cast<double>(all - wanted) * left * left * left +
                                   static_cast<double>(wanted));
}

void AdaLoraAdapters::end_step(std::int64_t step) {
  const torch::NoGradGuard no_graph;
  const std::int64_t last = last_cut();
  if (step < last) follow_sensitivity();
  if (step == last || (step < last && step > first_cut() && step % options_.interval == 0))
    cut(budget(step));
  else if (step > last)
    for (const std::string& name : adapted_) parameters_.parameter(lambda(name)).value.mul_(kept_.at(name));
}

void AdaLoraAdapters::follow_sensitivity() {
  for (auto& [name, of] : sensitivity_) {
    const torch::Tensor& value = parameters_.at(name);
    if (!value.grad().defined()) continue;
    const torch::Tensor now = (value * value.grad()).abs();
    of.mean.mul_(options_.smoothing).add_(now, 1 - options_.smoothing);
    of.variation.mul_(options_.uncertainty).add_((now - of.mean).abs(), 1 - options_.uncertainty);
  }
}

void AdaLoraAdapters::cut(std::int64_t kept) {
  const auto importance = [&](const std::string& tensor) {
    const Sensitivity& of = sensitivity_.at(tensor);
    return of.mean * of.variation;
  };
  std::map<std::string, torch::Tensor> scores;
  std::vector<torch::Tensor> all;
  for (const std::string& name : adapted_) {
    scores[name] = importance(lambda(name)) + importance(q(name)).mean(1, /*keepdim=*/true) +
                   importance(p(name)).mean(0).unsqueeze(1);
    all.push_back(scores[name].flatten());
  }
  const torch::Tensor together = torch::cat(all);
  if (kept >= together.size(0)) return;
  const double threshold = std::get<0>(together.kthvalue(together.size(0) - kept)).item<double>();
  for (const std::string& name : adapted_) {
    kept_.at(name).copy_(scores.at(name) > threshold);
    parameters_.parameter(lambda(name)).value.mul_(kept_.at(name));
  }
}

std::vector<Optimizer::State> AdaLoraAdapters::states() {
  std::vector<Optimizer::State> out;
  for (auto& [name, of] : sensitivity_) {
    out.push_back({"sensitivity." + name, numbers_of(of.mean)});
    out.push_back({"variation." + name, numbers_of(of.variation)});
  }
  for (auto& [name, kept] : kept_) out.push_back({"kept." + name, numbers_of(kept)});
  return out;
}

void AdaLoraAdapters::save(const std::filesystem::path& folder, const AdapterFile& file) const {
  const torch::NoGradGuard no_graph;
  std::vector<AdapterTensor> tensors;
  nlohmann::ordered_json ranks = nlohmann::ordered_json::object();
  for (const std::string& name : adapted_) {
    const torch::Tensor kept = parameters_.at(lambda(name)).flatten() != 0, numbers = kept.nonzero().flatten();
    for (const auto& [tensor, axis] : {std::pair{q(name), 0}, {lambda(name), 0}, {p(name), 1}})
      tensors.push_back({name_in_file(file, tensor), parameters_.at(tensor).index_select(axis, numbers).contiguous()});
    auto& pattern = ranks[name_in_class(file, lambda(name))] = nlohmann::ordered_json::array();
    for (std::int64_t r = 0; r < kept.size(0); ++r) pattern.push_back(kept[r].item<bool>());
  }
  save_adapter(folder, file, parameters_, tensors,
               {{"peft_type", "ADALORA"},
                {"fan_in_fan_out", model_.input_major()},
                {"init_r", options_.initial_rank},
                {"target_r", lora_.rank},
                {"lora_alpha", lora_.alpha},
                {"lora_dropout", lora_.dropout},
                {"beta1", options_.smoothing},
                {"beta2", options_.uncertainty},
                {"tinit", first_cut()},
                {"tfinal", steps_ - last_cut()},
                {"total_step", steps_},
                {"deltaT", options_.interval},
                {"orth_reg_weight", options_.orthogonality},
                {"rank_pattern", ranks},
                {"target_modules", module_ends(adapted_, parameters_)},
                {"bias", "none"}});
}

}  // namespace genre::trainer
