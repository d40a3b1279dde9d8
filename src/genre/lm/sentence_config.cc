#include "genre/lm/sentence_config.h"

#include <algorithm>
#include <optional>

#include "genre/base/error.h"

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
void read_pooling(SentenceConfig& config, const ModelJson& file) {
  static constexpr std::pair<std::string_view, nn::Pooling> kSwitches[] = {
      {"pooling_mode_cls_token", nn::Pooling::kClass},
      {"pooling_mode_mean_tokens", nn::Pooling::kMean},
      {"pooling_mode_max_tokens", nn::Pooling::kMaximum},
      {"pooling_mode_mean_sqrt_len_tokens", nn::Pooling::kMeanRootLength},
      {"pooling_mode_weightedmean_tokens", nn::Pooling::kWeightedMean},
      {"pooling_mode_lasttoken", nn::Pooling::kLast}};
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
    if (kind == "Pooling") {
      config.files.push_back(folder / place / "config.json");
      read_pooling(config, ModelJson(config.files.back()));
    }
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

void read_limit(SentenceConfig& config, const ModelJson& file) {
  if (file.boolean("do_lower_case", false))
    file.at("do_lower_case").refuse("is not supported here", "set it in the tokenizer");
  if (file.has("max_seq_length"))
    config.maximum_tokens = std::min(config.encoder.positions, file.at("max_seq_length").size());
  constexpr int kFewest = 3;  // one token of text between two special ones
  if (config.maximum_tokens < kFewest)
    file.refuse("a limit of " + std::to_string(config.maximum_tokens) + " tokens leaves no room for text");
}

void read_prompts(SentenceConfig& config, const ModelJson& file) {
  if (file.has("prompts"))
    for (const auto& [name, prompt] : file.at("prompts").members()) config.prompts[name] = prompt.text();
  config.default_prompt = file.text("default_prompt_name", "");
  if (!config.default_prompt.empty() && !config.prompts.contains(config.default_prompt))
    file.at("default_prompt_name").refuse("is '" + config.default_prompt + "', which is not among the prompts");
}

// The GGUF file that a model is, or the only one of a folder without a config.json.
std::optional<fs::path> gguf_of(const fs::path& model) {
  if (model.extension() == ".gguf") return model;
  std::error_code error;
  if (fs::exists(model / "config.json", error) || fs::exists(model / "modules.json", error)) return std::nullopt;
  std::optional<fs::path> found;
  for (const auto& entry : fs::directory_iterator(model, error)) {
    if (entry.path().extension() != ".gguf") continue;
    if (found) return std::nullopt;
    found = entry.path();
  }
  return found;
}

nn::Pooling gguf_pooling(const GgufFile& file) {
  constexpr std::int64_t kMean = 1, kClass = 2, kLast = 3;  // of llama.cpp
  const std::int64_t type = file.integer("bert.pooling_type").value_or(kMean);
  if (type == kMean) return nn::Pooling::kMean;
  if (type == kClass) return nn::Pooling::kClass;
  if (type == kLast) return nn::Pooling::kLast;
  throw Error(ErrorCode::kData,
              "bert.pooling_type is " + std::to_string(type) + ", wanted 1, 2 or 3 (mean, class, last)",
              "choose another model", {.file = file.path().string()});
}

// Vectors have unit length, as where GGUF files come from, unless the modules.json that was kept says otherwise.
bool gguf_normalises(const GgufFile& file) {
  const auto kept = file.text("genre.file.modules.json");
  if (!kept) return true;
  bool normalises = false;
  for (const ModelJson& module : ModelJson(*kept, file.path()).elements()) {
    const std::string type = module.at("type").text();
    if (type.ends_with(".Dense")) module.refuse("is a product, which GGUF files do not hold", "use the model's folder");
    normalises = normalises || type.ends_with(".Normalize");
  }
  return normalises;
}

SentenceConfig read_gguf_config(const GgufFile& file) {
  SentenceConfig config;
  config.encoder = read_encoder_config(file);
  config.pooling = gguf_pooling(file);
  config.normalise = gguf_normalises(file);
  config.maximum_tokens = config.encoder.positions;
  const auto kept = [&](const char* name, const auto& read) {
    if (const auto text = file.text(std::string("genre.file.") + name)) read(config, ModelJson(*text, file.path()));
  };
  kept("1_Pooling/config.json", read_pooling);
  kept("sentence_bert_config.json", read_limit);
  kept("config_sentence_transformers.json", read_prompts);
  return config;
}

}  // namespace

SentenceConfig read_sentence_config(const fs::path& model_folder) {
  if (const auto gguf = gguf_of(model_folder)) return read_gguf_config(GgufFile(*gguf));
  SentenceConfig config;
  fs::path transformer = model_folder;
  if (fs::exists(model_folder / "modules.json")) transformer = read_modules(config, model_folder);
  config.encoder = read_encoder_config(transformer);
  config.files.push_back(transformer / "config.json");
  check_widths(config);
  config.maximum_tokens = tokenizer_limit(config.encoder.folder, config.encoder.positions);
  if (const fs::path limit = config.encoder.folder / "sentence_bert_config.json"; fs::exists(limit)) {
    config.files.push_back(limit);
    read_limit(config, ModelJson(limit));
  }
  if (const fs::path prompts = model_folder / "config_sentence_transformers.json"; fs::exists(prompts))
    read_prompts(config, ModelJson(prompts));
  return config;
}

}  // namespace genre
