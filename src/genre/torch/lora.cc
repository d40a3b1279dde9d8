#include "genre/torch/lora.h"

#include <torch/torch.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "genre/torch/dropout.h"

namespace genre::trainer {

LoraAdapters::LoraAdapters(const LoraOptions& options, int first, Transformer& model, Parameters& parameters)
    : options_(options), model_(model), parameters_(parameters) {
  for (const auto& [name, layer] : adapted_products(options.targets, first, model)) {
    const std::int64_t outputs = model.outputs(name), inputs = model.inputs(name);
    const double bound = 1 / std::sqrt(static_cast<double>(inputs));
    add_adapter_tensor(parameters, a(name), torch::empty({options.rank, inputs}).uniform_(-bound, bound), layer);
    add_adapter_tensor(parameters, b(name), torch::zeros({outputs, options.rank}), layer);
    adapted_.insert(name);
  }
  model.set_linear([this](const std::string& name, const torch::Tensor& x) {
    torch::Tensor out = model_.product(name, x);
    if (!adapted_.contains(name)) return out;
    const torch::Tensor read = training_ ? drop(x, options_.dropout) : x;
    const double scale = options_.alpha / options_.rank;
    return out +
           torch::linear(torch::linear(read, parameters_.on_device(a(name))), parameters_.on_device(b(name))) * scale;
  });
}

torch::Tensor LoraAdapters::merged(const std::string& name) const {
  const torch::Tensor value = parameters_.whole(name);
  const std::string product = name.substr(0, name.rfind('.'));
  if (!name.ends_with(".weight") || !parameters_.has(a(product))) return value;
  const torch::NoGradGuard no_graph;
  const torch::Tensor change = torch::mm(parameters_.at(b(product)), parameters_.at(a(product)));
  return value + (model_.input_major() ? change.t() : change) * (options_.alpha / options_.rank);
}

void LoraAdapters::save(const std::filesystem::path& folder, const AdapterFile& file) const {
  std::vector<AdapterTensor> tensors;
  for (const std::string& product : adapted_)
    for (const std::string& name : {a(product), b(product)})
      tensors.push_back({name_in_file(file, name), parameters_.at(name)});
  save_adapter(folder, file, parameters_, tensors,
               {{"peft_type", "LORA"},
                {"fan_in_fan_out", model_.input_major()},
                {"r", options_.rank},
                {"lora_alpha", options_.alpha},
                {"lora_dropout", options_.dropout},
                {"target_modules", module_ends(adapted_, parameters_)},
                {"bias", "none"}});
}

}  // namespace genre::trainer
