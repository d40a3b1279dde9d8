#include "genre/lm/sentence_config.h"

#include <algorithm>

namespace genre {
namespace fs = std::filesystem;
namespace {

nn::Pooling pooling_mode(const ModelJson& name) {
  static constexpr std::pair<std::string_view, nn::Pooling> kModes[] = {
      {"cls", nn::Pooling::kClass},
      {"mean", nn::Pooling::kMean},
      {"max", nn::Pooling::kMaximum},
      {"mean_sqrt_len_tokens", nn::Pooling::kMeanRootLength},
      {"weightedmean", nn::Pooling::kWeightedMean},
      {"lasttoken", nn::Pooling::kLast}};
  const std::string text = name.text();
  for (const auto& [mode, pooling] : kModes)
    if (text == mode) return pooling;
  name.refuse("is '" + text + "', which is not supported", "choose another model");
}

// Files before version 5.4 of sentence-transformers have a switch for each mode, later ones name the mode.
void read_pooling(SentenceConfig& config, const fs::path& path) {
  static constexpr std::pair<std::string_view, nn::Pooling> kSwitches[] = {
      {"pooling_mode_cls_token", nn::Pooling::kClass},
      {"pooling_mode_mean_tokens", nn::Pooling::kMean},
      {"pooling_mode_max_tokens", nn::Pooling::kMaximum},
      {"pooling_mode_mean_sqrt_len_tokens", nn::Pooling::kMeanRootLength},
      {"pooling_mode_weightedmean_tokens", nn::Pooling::kWeightedMean},
      {"pooling_mode_lasttoken", nn::Pooling::kLast}};
  const ModelJson file(path);
  config.files.push_back(path);
  config.include_prompt = file.boolean("include_prompt", true);
  if (file.has("pooling_mode")) {
    const ModelJson mode = file.at("pooling_mode");
    const auto several = mode.is_list() ? mode.elements() : std::vector{mode};
    if (several.size() != 1)
      mode.refuse("has " + std::to_string(several.size()) + " modes, wanted one", "choose another model");
    config.pooling = pooling_mode(several[0]);
    return;
  }
  int modes = 0;
  for (const auto& [key, value] : file.members()) {
    if (!key.starts_with("pooling_mode_") || !value.boolean()) continue;
    const auto* const known = std::ranges::find_if(kSwitches, [&](const auto& entry) { return key == entry.first; });
    if (known == std::end(kSwitches)) value.refuse("is not supported", "choose another model");
    config.pooling = known->second;
    ++modes;
  }
  if (modes != 1) file.refuse(std::to_string(modes) + " pooling modes are on, wanted one", "choose another model");
}

DenseConfig read_dense(const fs::path& folder) {
  const ModelJson file(folder / "config.json");
  DenseConfig out{.folder = folder,
                  .inputs = file.at("in_features").size(),
                  .outputs = file.at("out_features").size(),
                  .bias = file.boolean("bias", true)};
  if (file.has("activation_function")) out.activation = read_activation(file.at("activation_function"));
  if (file.boolean("use_residual", false)) file.at("use_residual").refuse("is not supported", "choose another model");
  for (const char* const key : {"module_input_name", "module_output_name"}) {
    const std::string name = file.text(key, "sentence_embedding");
    if (name != "sentence_embedding")
      file.at(key).refuse("is '" + name + "', wanted 'sentence_embedding'", "choose another model");
  }
  return out;
}

// Pipeline of the folder: the transformer, its pooling, perhaps products, perhaps a normalisation. Returns the folder
// of the transformer.
fs::path read_modules(SentenceConfig& config, const fs::path& folder) {
  static constexpr std::string_view kOrder[] = {"Transformer", "Pooling", "Dense", "Normalize"};
  const fs::path path = folder / "modules.json";
  const ModelJson file(path);
  config.files.push_back(path);
  fs::path transformer;
  std::ptrdiff_t stage = -1;
  for (const ModelJson& module : file.elements()) {
    const std::string type = module.at("type").text(), kind = type.substr(type.rfind('.') + 1);
    const fs::path place = module.at("path").text();
    if (place.is_absolute() || std::ranges::find(place, fs::path("..")) != place.end())
      module.at("path").refuse("leads out of the model's folder");
    if (kind == "Dropout") continue;  // does nothing outside training
    const auto next = std::ranges::find(kOrder, kind) - std::begin(kOrder);
    if (next == std::ssize(kOrder))
      module.refuse("is '" + type + "', which is not supported",
                    "choose a model with Transformer, Pooling, Dense and Normalize only");
    if (next < stage || (next == stage && kind != "Dense") || next > stage + (stage < 1 ? 1 : 3))
      module.refuse("is '" + type + "', wanted Transformer, Pooling, Dense, Normalize in this order",
                    "choose another model");
    stage = next;
    if (kind == "Transformer") transformer = folder / place;
    if (kind == "Pooling") read_pooling(config, folder / place / "config.json");
    if (kind == "Dense") {
      config.dense.push_back(read_dense(folder / place));
      config.files.push_back(folder / place / "config.json");
      config.files.push_back(folder / place / "model.safetensors");
    }
    if (kind == "Normalize") config.normalise = true;
  }
  if (stage < 1) file.refuse("names no Transformer and Pooling module");
  return transformer;
}

void check_widths(const SentenceConfig& config) {
  int width = config.encoder.hidden;
  for (const DenseConfig& dense : config.dense) {
    if (dense.inputs != width)
      ModelJson(dense.folder / "config.json")
          .at("in_features")
          .refuse("is " + std::to_string(dense.inputs) + ", what comes in has " + std::to_string(width));
    width = dense.outputs;
  }
}

void read_limit(SentenceConfig& config) {
  const fs::path path = config.encoder.folder / "sentence_bert_config.json";
  config.maximum_tokens = tokenizer_limit(config.encoder.folder, config.encoder.positions);
  if (!fs::exists(path)) return;
  const ModelJson file(path);
  config.files.push_back(path);
  if (file.boolean("do_lower_case", false))
    file.at("do_lower_case").refuse("is not supported here", "set it in the tokenizer");
  if (file.has("max_seq_length"))
    config.maximum_tokens = std::min(config.encoder.positions, file.at("max_seq_length").size());
  constexpr int kFewest = 3;  // one token of text between two special ones
  if (config.maximum_tokens < kFewest)
    file.refuse("a limit of " + std::to_string(config.maximum_tokens) + " tokens leaves no room for text");
}

void read_prompts(SentenceConfig& config, const fs::path& path) {
  if (!fs::exists(path)) return;
  const ModelJson file(path);
  if (file.has("prompts"))
    for (const auto& [name, prompt] : file.at("prompts").members()) config.prompts[name] = prompt.text();
  config.default_prompt = file.text("default_prompt_name", "");
  if (!config.default_prompt.empty() && !config.prompts.contains(config.default_prompt))
    file.at("default_prompt_name").refuse("is '" + config.default_prompt + "', which is not among the prompts");
}

}  // namespace

SentenceConfig read_sentence_config(const fs::path& model_folder) {
  SentenceConfig config;
  fs::path transformer = model_folder;
  if (fs::exists(model_folder / "modules.json")) transformer = read_modules(config, model_folder);
  config.encoder = read_encoder_config(transformer);
  config.files.push_back(transformer / "config.json");
  check_widths(config);
  read_limit(config);
  read_prompts(config, model_folder / "config_sentence_transformers.json");
  return config;
}

}  // namespace genre
