#include "genre/torch/virtual_tokens.h"

#include <torch/torch.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>

#include "genre/base/error.h"

namespace genre::trainer {

VirtualTokenAdapters::VirtualTokenAdapters(const FinetuneOptions& options, const Transformer& model,
                                           Parameters& parameters)
    : prefix_(options.tune == "prefix"), model_(model), parameters_(parameters) {
  constexpr double kDeviation = 0.02;
  constexpr int kEmbeddings = -1;  // the layer
  const std::int64_t count = options.virtual_tokens.count;
  if (prefix_) {
    const std::int64_t columns = 2 * model.layers() * model.key_heads() * model.head_size();
    add_adapter_tensor(parameters, kVirtualKeysAndValues, torch::randn({count, columns}) * kDeviation, kEmbeddings);
  } else {
    const torch::Tensor drawn = torch::randint(parameters.sizes(model.words())[0], {count}, torch::kInt64);
    add_adapter_tensor(parameters, kVirtualWords, look_up(parameters, model.words(), drawn), kEmbeddings);
  }
}

void VirtualTokenAdapters::save(const std::filesystem::path& folder, const AdapterFile& file) const {
  const torch::Tensor& rows = parameters_.at(prefix_ ? kVirtualKeysAndValues : kVirtualWords);
  const std::int64_t width = prefix_ ? model_.key_heads() * model_.head_size() : rows.size(1);
  nlohmann::ordered_json config = {{"peft_type", prefix_ ? "PREFIX_TUNING" : "PROMPT_TUNING"},
                                   {"num_virtual_tokens", rows.size(0)},
                                   {"token_dim", width},
                                   {"num_transformer_submodules", 1},
                                   {"num_attention_heads", prefix_ ? model_.key_heads() : model_.heads()},
                                   {"num_layers", model_.layers()}};
  if (prefix_) {
    config["encoder_hidden_size"] = width;
    config["prefix_projection"] = false;
  } else {
    config["prompt_tuning_init"] = "RANDOM";
  }
  AdapterFile inside = file;
  inside.wrapper = "base_model.";
  save_adapter(folder, inside, parameters_, {{"prompt_embeddings", rows}}, config);
}

std::vector<std::int32_t> virtual_ids(const Transformer& model, const Parameters& parameters) {
  if (!parameters.has(kVirtualWords)) return {};
  std::vector<std::int32_t> out(parameters.at(kVirtualWords).size(0));
  std::iota(out.begin(), out.end(), static_cast<std::int32_t>(parameters.sizes(model.words())[0]));
  return out;
}

int token_limit(const FinetuneOptions& options, int most, int positions) {
  constexpr int kFewest = 5;
  const bool learnt = options.tune == "prompt" || options.tune == "prefix";
  const int left = positions - (learnt ? options.virtual_tokens.count : 0);
  if (left < kFewest)
    throw Error(ErrorCode::kConfig,
                std::to_string(options.virtual_tokens.count) + " learnt tokens leave no room among the " +
                    std::to_string(positions) + " positions of the model",
                "lower it", {.key = "finetune.virtual_tokens.count"});
  return std::min({options.maximum_tokens, most, left});
}

}  // namespace genre::trainer
