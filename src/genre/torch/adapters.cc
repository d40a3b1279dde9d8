#include "genre/torch/adapters.h"

#include <torch/torch.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "genre/base/error.h"
#include "genre/base/file.h"
#include "genre/base/safetensors.h"
#include "genre/torch/adalora.h"
#include "genre/torch/bottleneck.h"
#include "genre/torch/ia3.h"
#include "genre/torch/lora.h"
#include "genre/torch/virtual_tokens.h"

namespace genre::trainer {

std::unique_ptr<Adapters> make_adapters(const FinetuneOptions& options, int first, Transformer& model,
                                        Parameters& parameters) {
  if (options.tune == "lora") return std::make_unique<LoraAdapters>(options.lora, first, model, parameters);
  if (options.tune == "adalora")
    return std::make_unique<AdaLoraAdapters>(options.lora, options.adalora, first, model, parameters);
  if (options.tune == "adapter") return std::make_unique<BottleneckAdapters>(options.adapter, first, model, parameters);
  if (options.tune == "prompt" || options.tune == "prefix")
    return std::make_unique<VirtualTokenAdapters>(options, model, parameters);
  if (options.tune == "ia3") return std::make_unique<Ia3Adapters>(first, model, parameters);
  return nullptr;
}

BlockFormat frozen_format(const FinetuneOptions& options) {
  if (options.frozen_format == "q8_0") return BlockFormat::kQ8_0;
  return options.frozen_format == "q4_0" ? BlockFormat::kQ4_0 : BlockFormat::kF32;
}

std::vector<AdaptedProduct> adapted_products(const std::vector<std::string>& targets, int first,
                                             const Transformer& model) {
  std::vector<AdaptedProduct> out;
  for (int layer = first; layer < model.layers(); ++layer) {
    for (const std::string& target : targets) {
      if (std::ranges::count(targets, target) > 1)
        throw Error(ErrorCode::kConfig, "'" + target + "' is named twice", "", {.key = "finetune.lora.targets"});
      out.push_back({model.linear_name(layer, target), layer});
      if (out.back().name.empty())
        throw Error(ErrorCode::kConfig,
                    "a model of the kind " + std::string(model.kind()) + " has no product '" + target + "' to adapt",
                    "choose among query, key, value, attention_output, inner and outer; of decoders also "
                    "query_key_value and gate",
                    {.key = "finetune.lora.targets"});
    }
  }
  return out;
}

void add_adapter_tensor(Parameters& parameters, const std::string& name, const torch::Tensor& value, int layer) {
  parameters.add(name, value, layer + 1);
  parameters.parameter(name).saved = false;
}

std::set<std::string> module_ends(const std::set<std::string>& adapted, const Parameters& parameters) {
  std::set<std::string> out;
  for (const std::string& name : adapted) {
    const auto unwanted = [&](std::string_view end) {
      return std::ranges::any_of(parameters.all(), [&](const Parameter& one) {
        const std::string_view module = std::string_view(one.name).substr(0, one.name.rfind('.'));
        return one.name.ends_with(".weight") && module.ends_with(end) &&
               module.substr(0, module.size() - end.size()).ends_with('.') && !adapted.contains(std::string(module));
      });
    };
    std::size_t cut = name.rfind('.');
    while (cut != std::string::npos && unwanted(name.substr(cut + 1))) cut = cut == 0 ? cut : name.rfind('.', cut - 1);
    out.insert(cut == std::string::npos ? name : name.substr(cut + 1));
  }
  return out;
}

std::string name_in_class(const AdapterFile& file, const std::string& name) {
  return name.substr(name.starts_with(file.prefix) ? file.prefix.size() : 0);
}

std::string name_in_file(const AdapterFile& file, const std::string& name) {
  return file.wrapper + name_in_class(file, name);
}

void save_adapter(const std::filesystem::path& folder, const AdapterFile& file, const Parameters& parameters,
                  std::vector<AdapterTensor> tensors, nlohmann::ordered_json config) {
  for (const std::string& module : file.modules)
    for (const char* end : {".weight", ".bias"})
      if (parameters.has(module + end))
        tensors.push_back({name_in_file(file, module + end), parameters.at(module + end)});
  SafetensorsWriter out;
  for (const auto& [name, value] : tensors) out.add<float>(name, numbers_of(value), value.sizes().vec());
  out.set_metadata("format", "pt");
  config["task_type"] = file.task_type;
  config["base_model_name_or_path"] = file.base_model;
  if (!file.modules.empty()) config["modules_to_save"] = file.modules;
  config["inference_mode"] = true;
  write_file_atomic(folder / "adapter_config.json", config.dump(2) + "\n");
  out.write(folder / "adapter_model.safetensors");
}

void save_folders(const std::filesystem::path& model, const std::filesystem::path& adapter, const Adapters* adapters,
                  const AdapterFile& file,
                  const std::function<std::filesystem::path(const std::filesystem::path& folder)>& write) {
  write_folder_atomic(model, [&](const std::filesystem::path& folder) {
    const std::filesystem::path beside = write(folder) / "own_adapter";
    if (adapters == nullptr || adapters->folds()) return;
    AdapterFile without_modules = file;  // which are among the weights
    without_modules.modules.clear();
    adapters->save(beside, without_modules);
  });
  if (adapters != nullptr)
    write_folder_atomic(adapter, [&](const std::filesystem::path& folder) { adapters->save(folder, file); });
}

void save_weights(const Parameters& parameters, const std::function<torch::Tensor(const std::string& name)>& served,
                  const std::filesystem::path& file,
                  const std::function<std::string(const std::string& name)>& name_of) {
  const torch::NoGradGuard no_graph;
  SafetensorsWriter out;
  std::vector<torch::Tensor> kept;
  for (const Parameter& one : parameters.all()) {
    const std::string name = name_of(one.name);
    if (!one.saved || name.empty()) continue;
    kept.push_back(served(one.name).detach().cpu().contiguous());
    out.add<float>(name, numbers_of(kept.back()), kept.back().sizes().vec());
  }
  out.set_metadata("format", "pt");
  out.write(file);
}

void save_weights(const Parameters& parameters, const Adapters* adapters, const std::filesystem::path& file) {
  save_weights(
      parameters,
      [&](const std::string& name) { return adapters == nullptr ? parameters.whole(name) : adapters->merged(name); },
      file);
}

}  // namespace genre::trainer
