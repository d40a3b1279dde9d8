#include "genre/lm/bert_config.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "genre/base/error.h"
#include "genre/base/file.h"
#include "genre/nn/attention.h"

namespace genre {
namespace fs = std::filesystem;
namespace {

using nlohmann::json;

[[noreturn]] void refuse(const fs::path& path, const std::string& fault,
                         const std::string& hint = "fetch the model again") {
  throw Error(ErrorCode::kData, fault, hint, {.file = path.string()});
}

// Reads one JSON object and turns any fault inside `use` into an Error that names the file.
template <class Use>
void with_json(BertConfig& config, const fs::path& path, Use use) {
  const std::string text = read_file(path);
  try {
    use(json::parse(text));
  } catch (const nlohmann::json::exception& e) {
    refuse(path, std::string("not a valid model file: ") + e.what());
  }
  config.files.push_back(path);
}

int positive(const json& file, const char* key, const fs::path& path) {
  constexpr std::int64_t kLimit = 1 << 24;
  const json& value = file.at(key);
  if (!value.is_number_integer() || value.get<std::int64_t>() < 1 || value.get<std::int64_t>() > kLimit)
    refuse(path,
           std::string(key) + " is " + value.dump() + ", wanted an integer in [1, " + std::to_string(kLimit) + "]");
  return value.get<int>();
}

void expect(const json& file, const char* key, const std::string& wanted, const fs::path& path) {
  const std::string found = file.value(key, wanted);
  if (found != wanted)
    refuse(path, std::string(key) + " is '" + found + "', wanted '" + wanted + "'",
           "choose a model of the BERT family");
}

void read_shape(BertConfig& config, const fs::path& path) {
  with_json(config, path, [&](const json& file) {
    if (file.at("model_type") != "bert")
      refuse(path, "model_type is " + file.at("model_type").dump() + ", wanted 'bert'",
             "choose a model of the BERT family");
    expect(file, "hidden_act", "gelu", path);
    expect(file, "position_embedding_type", "absolute", path);
    config.hidden = positive(file, "hidden_size", path);
    config.layers = positive(file, "num_hidden_layers", path);
    config.heads = positive(file, "num_attention_heads", path);
    config.intermediate = positive(file, "intermediate_size", path);
    config.vocabulary = positive(file, "vocab_size", path);
    config.positions = positive(file, "max_position_embeddings", path);
    config.types = positive(file, "type_vocab_size", path);
    config.epsilon = file.value("layer_norm_eps", 1e-12f);
    if (!(config.epsilon >= 0 && config.epsilon < 1)) refuse(path, "layer_norm_eps is outside [0, 1)");
    if (config.hidden % config.heads != 0 || config.hidden / config.heads % nn::kHeadMultiple != 0)
      refuse(path,
             "hidden_size " + std::to_string(config.hidden) + " is not num_attention_heads " +
                 std::to_string(config.heads) + " times a multiple of " + std::to_string(nn::kHeadMultiple),
             "choose another model");
  });
}

void read_pooling(BertConfig& config, const fs::path& path) {
  with_json(config, path, [&](const json& file) {
    static constexpr std::pair<const char*, nn::Pooling> kModes[] = {
        {"pooling_mode_cls_token", nn::Pooling::kClass},
        {"pooling_mode_mean_tokens", nn::Pooling::kMean},
        {"pooling_mode_max_tokens", nn::Pooling::kMaximum},
        {"pooling_mode_mean_sqrt_len_tokens", nn::Pooling::kMeanRootLength}};
    int modes = 0;
    for (const auto& [key, value] : file.items()) {
      if (!key.starts_with("pooling_mode_") || !value.get<bool>()) continue;
      const auto* const mode = std::ranges::find_if(kModes, [&](const auto& entry) { return key == entry.first; });
      if (mode == std::end(kModes)) refuse(path, key + " is not supported", "choose another model");
      config.pooling = mode->second;
      ++modes;
    }
    if (modes != 1) refuse(path, std::to_string(modes) + " pooling modes are on, wanted one", "choose another model");
  });
}

// Pipeline of the folder: the transformer, its pooling, perhaps a normalisation.
void read_modules(BertConfig& config, const fs::path& folder) {
  const fs::path path = folder / "modules.json";
  fs::path pooling;
  with_json(config, path, [&](const json& file) {
    if (!file.is_array()) refuse(path, "not a list of modules");
    for (const json& module : file) {
      const auto type = module.at("type").get<std::string>();
      const auto kind = type.substr(type.rfind('.') + 1);
      const fs::path place = folder / module.at("path").get<std::string>();
      if (kind == "Transformer") {
        config.transformer_folder = place;
      } else if (kind == "Pooling") {
        pooling = place / "config.json";
      } else if (kind == "Normalize") {
        config.normalise = true;
      } else {
        refuse(path, "module '" + type + "' is not supported",
               "choose a model with Transformer, Pooling and Normalize only");
      }
    }
  });
  if (config.transformer_folder.empty() || pooling.empty())
    refuse(path, "a Transformer and a Pooling module are wanted");
  read_pooling(config, pooling);
}

}  // namespace

BertConfig read_bert_config(const fs::path& model_folder) {
  BertConfig config;
  config.transformer_folder = model_folder;
  if (fs::exists(model_folder / "modules.json")) {
    config.transformer_folder.clear();
    read_modules(config, model_folder);
  }
  read_shape(config, config.transformer_folder / "config.json");
  config.maximum_tokens = config.positions;
  const fs::path sentence = config.transformer_folder / "sentence_bert_config.json";
  if (fs::exists(sentence)) {
    with_json(config, sentence, [&](const json& file) {
      if (file.value("do_lower_case", false))
        refuse(sentence, "do_lower_case is not supported here", "set it in the tokenizer");
      if (!file.value("max_seq_length", json()).is_null())
        config.maximum_tokens = std::min(config.positions, positive(file, "max_seq_length", sentence));
    });
  }
  constexpr int kFewest = 3;  // one token of text between two special ones
  if (config.maximum_tokens < kFewest)
    refuse(sentence, "a limit of " + std::to_string(config.maximum_tokens) + " tokens leaves no room for text");
  return config;
}

}  // namespace genre
