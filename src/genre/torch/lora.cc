#include "genre/torch/lora.h"

#include <torch/torch.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "genre/base/error.h"
#include "genre/torch/dropout.h"

namespace genre::trainer {

LoraAdapters::LoraAdapters(const LoraOptions& options, int first, Transformer& model, Parameters& parameters)
    : options_(options), model_(model), parameters_(parameters) {
  for (int layer = first; layer < model.layers(); ++layer) {
    for (const std::string& target : options.targets) {
      const std::string name = model.linear_name(layer, target);
      if (name.empty())
        throw Error(ErrorCode::kConfig,
                    "a model of the kind " + std::string(model.kind()) + " has no product '" + target + "' to adapt",
                    "choose among query, key, value, attention_output, inner and outer; of decoders also "
                    "query_key_value and gate",
                    {.key = "finetune.lora.targets"});
      const std::int64_t outputs = model.outputs(name), inputs = model.inputs(name);
      const double bound = 1 / std::sqrt(static_cast<double>(inputs));
      parameters.add(a(name), torch::empty({options.rank, inputs}).uniform_(-bound, bound), layer + 1);
      parameters.add(b(name), torch::zeros({outputs, options.rank}), layer + 1);
      for (const std::string& factor : {a(name), b(name)}) parameters.parameter(factor).saved = false;
      adapted_.push_back(name);
    }
  }
  const std::set<std::string> adapted(adapted_.begin(), adapted_.end());
  model.set_linear([this, adapted](const std::string& name, const torch::Tensor& x) {
    torch::Tensor out = model_.product(name, x);
    if (!adapted.contains(name)) return out;
    const torch::Tensor read = training_ ? drop(x, options_.dropout) : x;
    const double scale = options_.alpha / options_.rank;
    return out + torch::linear(torch::linear(read, parameters_.at(a(name))), parameters_.at(b(name))) * scale;
  });
}

torch::Tensor LoraAdapters::merged(const std::string& name) const {
  const torch::Tensor value = parameters_.at(name);
  const std::string product = name.substr(0, name.rfind('.'));
  if (!name.ends_with(".weight") || !parameters_.has(a(product))) return value;
  const torch::NoGradGuard no_graph;
  const torch::Tensor change = torch::mm(parameters_.at(b(product)), parameters_.at(a(product)));
  return value + (model_.input_major() ? change.t() : change) * (options_.alpha / options_.rank);
}

void LoraAdapters::save(const std::filesystem::path& folder, const AdapterFile& file) const {
  std::vector<std::string> tensors;
  for (const std::string& name : adapted_) {
    tensors.push_back(a(name));
    tensors.push_back(b(name));
  }
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
