#include "genre/torch/lora.h"

#include <torch/torch.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "genre/base/error.h"
#include "genre/base/safetensors.h"
#include "genre/torch/dropout.h"

namespace genre::trainer {

LoraAdapters::LoraAdapters(const LoraOptions& options, int first, Encoder& encoder, Parameters& parameters)
    : options_(options), parameters_(parameters) {
  for (Parameter& one : parameters.all()) one.trained = false;
  for (int layer = first; layer < encoder.config().layers; ++layer) {
    for (const std::string& target : options.targets) {
      const std::string name = encoder.linear_name(layer, target);
      if (name.empty())
        throw Error(ErrorCode::kConfig,
                    "a model of the kind " + std::string(encoder.config().architecture->name) + " has no product '" +
                        target + "' to adapt",
                    "choose among query, key, value, attention_output, inner and outer",
                    {.key = "finetune.lora.targets"});
      const torch::Tensor weight = parameters.at(name + ".weight");
      const std::int64_t outputs = weight.size(0), inputs = weight.size(1);
      const double bound = 1 / std::sqrt(static_cast<double>(inputs));
      parameters.add(a(name), torch::empty({options.rank, inputs}).uniform_(-bound, bound), layer + 1);
      parameters.add(b(name), torch::zeros({outputs, options.rank}), layer + 1);
      for (const std::string& factor : {a(name), b(name)}) parameters.parameter(factor).saved = false;
      adapted_.push_back(name);
    }
  }
  const std::set<std::string> adapted(adapted_.begin(), adapted_.end());
  encoder.set_linear([this, adapted](const std::string& name, const torch::Tensor& x) {
    torch::Tensor out = apply_linear(parameters_, name, x);
    if (!adapted.contains(name)) return out;
    const torch::Tensor read = training_ ? drop(x, options_.dropout) : x;
    const double scale = options_.alpha / options_.rank;
    return out + torch::linear(torch::linear(read, parameters_.at(a(name))), parameters_.at(b(name))) * scale;
  });
}

torch::Tensor LoraAdapters::merged(const std::string& weight_name) const {
  const torch::Tensor weight = parameters_.at(weight_name);
  const std::string name = weight_name.substr(0, weight_name.rfind('.'));
  if (!parameters_.has(a(name)) || !weight_name.ends_with(".weight")) return weight;
  const torch::NoGradGuard no_graph;
  return weight + torch::mm(parameters_.at(b(name)), parameters_.at(a(name))) * (options_.alpha / options_.rank);
}

void LoraAdapters::save(const std::filesystem::path& folder, const std::string& base_model,
                        const std::vector<std::string>& whole_modules) const {
  constexpr const char* kPrefix = "base_model.model.";
  SafetensorsWriter out;
  const auto add = [&](const std::string& name) {
    const torch::Tensor& value = parameters_.at(name);
    out.add<float>(kPrefix + name, numbers_of(value), value.sizes().vec());
  };
  std::set<std::string> targets;  // the ends of names, which PEFT matches modules by
  for (const std::string& name : adapted_) {
    add(a(name));
    add(b(name));
    const auto cut = name.rfind('.', name.rfind('.') - 1);
    targets.insert(name.substr(cut + 1));
  }
  for (const std::string& module : whole_modules)
    for (const char* end : {".weight", ".bias"})
      if (parameters_.has(module + end)) add(module + end);
  out.set_metadata("format", "pt");
  const nlohmann::ordered_json config = {{"peft_type", "LORA"},
                                         {"task_type", "SEQ_CLS"},
                                         {"base_model_name_or_path", base_model},
                                         {"r", options_.rank},
                                         {"lora_alpha", options_.alpha},
                                         {"lora_dropout", options_.dropout},
                                         {"target_modules", targets},
                                         {"modules_to_save", whole_modules},
                                         {"bias", "none"},
                                         {"fan_in_fan_out", false},
                                         {"inference_mode", true}};
  write_file_atomic(folder / "adapter_config.json", config.dump(2) + "\n");
  out.write(folder / "adapter_model.safetensors");
}

}  // namespace genre::trainer
