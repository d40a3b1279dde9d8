#include "genre/torch/ia3.h"

#include <torch/torch.h>

#include <nlohmann/json.hpp>

#include "genre/base/error.h"

namespace genre::trainer {

Ia3Adapters::Ia3Adapters(int first, Transformer& model, Parameters& parameters)
    : model_(model), parameters_(parameters) {
  for (int layer = first; layer < model.layers(); ++layer) {
    for (const auto& [which, scaled] :
         {std::pair{"key", Scaled::kOutput}, {"value", Scaled::kOutput}, {"outer", Scaled::kInput}}) {
      const std::string name = model.linear_name(layer, which);
      if (name.empty())
        throw Error(
            ErrorCode::kConfig,
            "a model of the kind " + std::string(model.kind()) + " has no " + which + " product of its own to scale",
            "choose another way", {.key = "finetune.tune"});
      add_adapter_tensor(
          parameters, scale(name),
          scaled == Scaled::kOutput ? torch::ones({model.outputs(name), 1}) : torch::ones({1, model.inputs(name)}),
          layer);
      parameters.parameter(scale(name)).decays = false;
      adapted_.emplace(name, scaled);
    }
  }
  model.set_linear([this](const std::string& name, const torch::Tensor& x) {
    const auto found = adapted_.find(name);
    if (found == adapted_.end()) return model_.product(name, x);
    const torch::Tensor by = parameters_.on_device(scale(name)).flatten();
    return found->second == Scaled::kOutput ? model_.product(name, x) * by : model_.product(name, x * by);
  });
}

torch::Tensor Ia3Adapters::merged(const std::string& name) const {
  const torch::Tensor value = parameters_.whole(name);
  const auto found = adapted_.find(name.substr(0, name.rfind('.')));
  if (found == adapted_.end() || name.ends_with(".ia3_l")) return value;
  const torch::NoGradGuard no_graph;
  const torch::Tensor by = parameters_.at(scale(found->first));
  if (name.ends_with(".weight")) return value * (model_.input_major() ? by.t() : by);
  return found->second == Scaled::kOutput ? value * by.flatten() : value;
}

void Ia3Adapters::save(const std::filesystem::path& folder, const AdapterFile& file) const {
  std::vector<AdapterTensor> tensors;
  std::set<std::string> all, inner;
  for (const auto& [name, scaled] : adapted_) {
    tensors.push_back({name_in_file(file, scale(name)), parameters_.at(scale(name))});
    all.insert(name);
    if (scaled == Scaled::kInput) inner.insert(name);
  }
  save_adapter(folder, file, parameters_, tensors,
               {{"peft_type", "IA3"},
                {"fan_in_fan_out", model_.input_major()},
                {"target_modules", module_ends(all, parameters_)},
                {"feedforward_modules", module_ends(inner, parameters_)}});
}

}  // namespace genre::trainer
