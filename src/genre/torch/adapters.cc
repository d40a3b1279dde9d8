#include "genre/torch/adapters.h"

#include <torch/torch.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "genre/base/safetensors.h"
#include "genre/torch/ia3.h"
#include "genre/torch/lora.h"

namespace genre::trainer {

std::unique_ptr<Adapters> make_adapters(const FinetuneOptions& options, int first, Transformer& model,
                                        Parameters& parameters) {
  if (options.tune == "lora") return std::make_unique<LoraAdapters>(options.lora, first, model, parameters);
  if (options.tune == "ia3") return std::make_unique<Ia3Adapters>(first, model, parameters);
  return nullptr;
}

std::set<std::string> module_ends(const std::vector<std::string>& adapted, const Parameters& parameters) {
  const std::set<std::string> wanted(adapted.begin(), adapted.end());
  std::set<std::string> out;
  for (const std::string& name : adapted) {
    const auto unwanted = [&](std::string_view end) {
      return std::ranges::any_of(parameters.all(), [&](const Parameter& one) {
        const std::string_view module = std::string_view(one.name).substr(0, one.name.rfind('.'));
        return one.name.ends_with(".weight") && module.ends_with(end) &&
               module.substr(0, module.size() - end.size()).ends_with('.') && !wanted.contains(std::string(module));
      });
    };
    std::size_t cut = name.rfind('.');
    while (cut != std::string::npos && unwanted(name.substr(cut + 1))) cut = cut == 0 ? cut : name.rfind('.', cut - 1);
    out.insert(cut == std::string::npos ? name : name.substr(cut + 1));
  }
  return out;
}

void save_adapter(const std::filesystem::path& folder, const AdapterFile& file, const Parameters& parameters,
                  const std::vector<std::string>& tensors, nlohmann::ordered_json config) {
  SafetensorsWriter out;
  const auto add = [&](const std::string& name) {
    const torch::Tensor& value = parameters.at(name);
    std::string own = "base_model.model.";
    own.append(name, name.starts_with(file.prefix) ? file.prefix.size() : 0);
    out.add<float>(own, numbers_of(value), value.sizes().vec());
  };
  for (const std::string& name : tensors) add(name);
  for (const std::string& module : file.modules)
    for (const char* end : {".weight", ".bias"})
      if (parameters.has(module + end)) add(module + end);
  out.set_metadata("format", "pt");
  config["task_type"] = file.task_type;
  config["base_model_name_or_path"] = file.base_model;
  if (!file.modules.empty()) config["modules_to_save"] = file.modules;
  config["inference_mode"] = true;
  write_file_atomic(folder / "adapter_config.json", config.dump(2) + "\n");
  out.write(folder / "adapter_model.safetensors");
}

void save_weights(const Parameters& parameters, const Adapters* adapters, const std::filesystem::path& file) {
  const torch::NoGradGuard no_graph;
  SafetensorsWriter out;
  std::vector<torch::Tensor> kept;
  for (const Parameter& one : parameters.all()) {
    if (!one.saved) continue;
    kept.push_back((adapters == nullptr ? one.value : adapters->merged(one.name)).detach().contiguous());
    out.add<float>(one.name, numbers_of(kept.back()), one.value.sizes().vec());
  }
  out.set_metadata("format", "pt");
  out.write(file);
}

}  // namespace genre::trainer
