#include "genre/lm/gguf_settings.h"

#include <nlohmann/json.hpp>

#include "genre/base/error.h"
#include "genre/base/file.h"
#include "genre/lm/gguf_names.h"

namespace genre {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::ordered_json;

// Kept whole below genre.file.NAME.
constexpr const char* kFiles[] = {"config.json",
                                  "generation_config.json",
                                  "modules.json",
                                  "1_Pooling/config.json",
                                  "tokenizer_config.json",
                                  "special_tokens_map.json",
                                  "sentence_bert_config.json",
                                  "config_sentence_transformers.json"};
constexpr std::size_t kMostFileBytes = 1 << 20;

struct Setting {
  const char *config, *gguf;
  bool is_size = true;
};
constexpr Setting kLlamaSettings[] = {{"num_hidden_layers", "block_count"},
                                      {"max_position_embeddings", "context_length"},
                                      {"hidden_size", "embedding_length"},
                                      {"intermediate_size", "feed_forward_length"},
                                      {"num_attention_heads", "attention.head_count"},
                                      {"num_key_value_heads", "attention.head_count_kv"},
                                      {"head_dim", "attention.key_length"},
                                      {"vocab_size", "vocab_size"},
                                      {"rms_norm_eps", "attention.layer_norm_rms_epsilon", false},
                                      {"rope_theta", "rope.freq_base", false}};
constexpr Setting kGpt2Settings[] = {{"n_layer", "block_count"},
                                     {"n_positions", "context_length"},
                                     {"n_embd", "embedding_length"},
                                     {"n_inner", "feed_forward_length"},
                                     {"n_head", "attention.head_count"},
                                     {"vocab_size", "vocab_size"},
                                     {"layer_norm_epsilon", "attention.layer_norm_epsilon", false}};
constexpr Setting kBertSettings[] = {{"num_hidden_layers", "block_count"},
                                     {"max_position_embeddings", "context_length"},
                                     {"hidden_size", "embedding_length"},
                                     {"intermediate_size", "feed_forward_length"},
                                     {"num_attention_heads", "attention.head_count"},
                                     {"vocab_size", "vocab_size"},
                                     {"layer_norm_eps", "attention.layer_norm_epsilon", false}};

std::span<const Setting> settings_of(ModelFamily family) {
  if (family == ModelFamily::kLlama) return kLlamaSettings;
  if (family == ModelFamily::kGpt2) return kGpt2Settings;
  return kBertSettings;
}

[[noreturn]] void refuse(const fs::path& path, const std::string& fault) {
  throw Error(ErrorCode::kData, fault, "choose another model", {.file = path.string()});
}

ModelFamily family_or_refuse(const std::string& architecture, const fs::path& path) {
  const auto family = model_family(architecture);
  if (!family)
    refuse(path, "a model of kind '" + architecture + "' is not converted, wanted llama, qwen2, qwen3, gpt2 or bert");
  return *family;
}

// Defaults that configurations leave out, and where newer ones have moved values to.
Json completed(Json config, ModelFamily family, const fs::path& path) {
  const auto absent = [&](const char* key) { return !config.contains(key) || config[key].is_null(); };
  if (config.contains("rope_parameters") && config["rope_parameters"].is_object()) {
    config["rope_scaling"] = config["rope_parameters"];
    if (config["rope_scaling"].contains("rope_theta")) config["rope_theta"] = config["rope_scaling"]["rope_theta"];
  }
  if (!absent("rope_scaling")) {
    const Json& scaling = config["rope_scaling"];
    const std::string kind = scaling.value("rope_type", scaling.value("type", "default"));
    if (kind != "default") refuse(path, "scaling of positions '" + kind + "' is not converted");
  }
  if (family == ModelFamily::kLlama) {
    if (absent("num_key_value_heads")) config["num_key_value_heads"] = config.at("num_attention_heads");
    if (absent("head_dim"))
      config["head_dim"] = config.at("hidden_size").get<std::int64_t>() /
                           std::max<std::int64_t>(1, config.at("num_attention_heads").get<std::int64_t>());
    if (absent("rope_theta")) config["rope_theta"] = 10000.0;
    if (absent("rms_norm_eps")) config["rms_norm_eps"] = 1e-6;
  } else if (family == ModelFamily::kGpt2) {
    if (absent("n_inner")) config["n_inner"] = 4 * config.at("n_embd").get<std::int64_t>();
    if (absent("layer_norm_epsilon")) config["layer_norm_epsilon"] = 1e-5;
  } else if (absent("layer_norm_eps")) {
    config["layer_norm_eps"] = 1e-12;
  }
  return config;
}

void write_pooling(const fs::path& folder, GgufWriter& out) {
  std::error_code error;
  const fs::path path = folder / "1_Pooling/config.json";
  if (!fs::is_regular_file(path, error)) return;
  const Json pooling = Json::parse(read_file(path));
  if (pooling.value("pooling_mode_mean_tokens", false)) out.set_integer("bert.pooling_type", 1);
  if (pooling.value("pooling_mode_cls_token", false)) out.set_integer("bert.pooling_type", 2);
}

}  // namespace

std::string write_gguf_settings(const fs::path& folder, GgufWriter& out) {
  const fs::path path = folder / "config.json";
  try {
    const Json read = Json::parse(read_file(path));
    const std::string architecture = read.at("model_type");
    const ModelFamily family = family_or_refuse(architecture, path);
    const Json config = completed(read, family, path);
    out.set_text("general.architecture", architecture);
    out.set_text("general.type", "model");
    out.set_text("general.name",
                 folder.filename().empty() ? folder.parent_path().filename().string() : folder.filename().string());
    for (const auto& [key, name, is_size] : settings_of(family)) {
      const std::string full = architecture + "." + name;
      if (is_size)
        out.set_integer(full, config.at(key).get<std::uint32_t>());
      else
        out.set_number(full, config.at(key).get<float>());
    }
    if (family == ModelFamily::kLlama) {
      out.set_integer(architecture + ".attention.value_length", config.at("head_dim").get<std::uint32_t>());
      out.set_integer(architecture + ".rope.dimension_count", config.at("head_dim").get<std::uint32_t>());
    }
    if (family == ModelFamily::kBert) {
      out.set_boolean("bert.attention.causal", false);
      out.set_integer("tokenizer.ggml.token_type_count", config.value("type_vocab_size", 2u));
      write_pooling(folder, out);
    }
    std::error_code error;
    for (const char* name : kFiles)
      if (fs::is_regular_file(folder / name, error) && fs::file_size(folder / name, error) <= kMostFileBytes)
        out.set_text(std::string("genre.file.") + name, read_file(folder / name));
    return architecture;
  } catch (const nlohmann::json::exception& e) {
    refuse(path, std::string("not a model's configuration: ") + e.what());
  }
}

ModelShape read_model_shape(const fs::path& folder) {
  const fs::path path = folder / "config.json";
  try {
    const Json read = Json::parse(read_file(path));
    const ModelFamily family = family_or_refuse(read.at("model_type"), path);
    const Json config = completed(read, family, path);
    const auto heads = config.at(family == ModelFamily::kGpt2 ? "n_head" : "num_attention_heads").get<std::int64_t>();
    const auto shared = config.value("num_key_value_heads", heads);
    if (heads < 1 || shared < 1) refuse(path, "a model without heads");
    return {heads, shared, config.value("tie_word_embeddings", family == ModelFamily::kGpt2)};
  } catch (const nlohmann::json::exception& e) {
    refuse(path, std::string("not a model's configuration: ") + e.what());
  }
}

void write_folder_settings(const GgufFile& file, const fs::path& folder) {
  const std::string architecture = file.text("general.architecture").value_or("");
  const ModelFamily family = family_or_refuse(architecture, file.path());
  bool has_config = false;
  for (const char* name : kFiles) {
    const auto text = file.text(std::string("genre.file.") + name);
    if (!text) continue;
    write_file_atomic(folder / name, *text);
    has_config = has_config || name == std::string_view("config.json");
  }
  if (has_config) return;
  Json config = {{"model_type", architecture}};
  for (const auto& [key, name, is_size] : settings_of(family)) {
    const std::string full = architecture + "." + name;
    if (is_size) {
      if (const auto value = file.integer(full)) config[key] = *value;
    } else if (const auto number = file.number(full)) {
      // The shortest decimal number that is the same float.
      config[key] = Json::parse(Json(static_cast<float>(*number)).dump());
    }
  }
  if (!config.contains("vocab_size") && file.has("token_embd.weight"))
    config["vocab_size"] = file.at("token_embd.weight").shape[0];
  for (const char* key : {"bos", "eos"})
    if (const auto id = file.integer(std::string("tokenizer.ggml.") + key + "_token_id"))
      config[std::string(key) + "_token_id"] = *id;
  const bool tied = !file.has("output.weight");
  if (family == ModelFamily::kLlama) {
    const char* const kind = architecture == "llama"   ? "LlamaForCausalLM"
                             : architecture == "qwen2" ? "Qwen2ForCausalLM"
                                                       : "Qwen3ForCausalLM";
    config["architectures"] = {kind};
    config["hidden_act"] = "silu";
    config["tie_word_embeddings"] = tied;
    if (architecture != "qwen2") config["attention_bias"] = file.has("blk.0.attn_q.bias");
  } else if (family == ModelFamily::kGpt2) {
    config["architectures"] = {"GPT2LMHeadModel"};
    config["activation_function"] = "gelu_new";
    config["tie_word_embeddings"] = tied;
  } else {
    config["architectures"] = {"BertModel"};
    config["hidden_act"] = "gelu";
    config["type_vocab_size"] = file.has("token_types.weight") ? file.at("token_types.weight").shape[0] : 2;
  }
  write_file_atomic(folder / "config.json", config.dump(2) + "\n");
}

}  // namespace genre
