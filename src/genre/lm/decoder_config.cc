#include "genre/lm/decoder_config.h"

#include <nlohmann/json.hpp>

#include "genre/base/error.h"
#include "genre/base/file.h"
#include "genre/lm/rope_frequencies.h"
#include "genre/nn/attention.h"
#include "genre/nn/causal_attention.h"

namespace genre {
namespace fs = std::filesystem;
namespace {

using nlohmann::json;

[[noreturn]] void refuse(const fs::path& path, const std::string& fault,
                         const std::string& hint = "choose another model") {
  throw Error(ErrorCode::kData, fault, hint, {.file = path.string()});
}

json parse(const fs::path& path) {
  try {
    json file = json::parse(read_file(path));
    if (!file.is_object()) refuse(path, "not an object", "fetch the model again");
    return file;
  } catch (const json::exception& e) {
    refuse(path, std::string("not a valid model file: ") + e.what(), "fetch the model again");
  }
}

// Values of one JSON object; null counts as absent.
class Values {
 public:
  Values(const json& object, const fs::path& path) : object_(object), path_(path) {}

  bool has(const char* key) const { return object_.contains(key) && !object_.at(key).is_null(); }
  int positive(const char* key) const {
    if (!has(key)) refuse(path_, std::string("no ") + key, "fetch the model again");
    return whole(key, 1);
  }
  int positive(const char* key, int otherwise) const { return has(key) ? whole(key, 1) : otherwise; }
  double number(const char* key, double otherwise, double above) const {
    if (!has(key)) return otherwise;
    const json& value = object_.at(key);
    if (!value.is_number() || !(value.get<double>() > above) || value.get<double>() > 1e12)
      refuse(path_, std::string(key) + " is " + value.dump() + ", wanted a number above " + std::to_string(above));
    return value.get<double>();
  }
  bool flag(const char* key, bool otherwise) const {
    if (!has(key)) return otherwise;
    if (!object_.at(key).is_boolean()) refuse(path_, std::string(key) + " is " + object_.at(key).dump());
    return object_.at(key).get<bool>();
  }
  std::string text(const char* key, const std::string& otherwise) const {
    if (!has(key)) return otherwise;
    if (!object_.at(key).is_string()) refuse(path_, std::string(key) + " is " + object_.at(key).dump());
    return object_.at(key).get<std::string>();
  }
  void expect(const char* key, const std::string& wanted) const {
    if (text(key, wanted) != wanted)
      refuse(path_, std::string(key) + " is '" + text(key, wanted) + "', wanted '" + wanted + "'");
  }
  void expect_off(const char* key) const {
    if (flag(key, false)) refuse(path_, std::string(key) + " is not supported");
  }
  // One id or a list of them.
  std::vector<std::int32_t> ids(const char* key) const {
    std::vector<std::int32_t> out;
    if (!has(key)) return out;
    const json& value = object_.at(key);
    for (const json& id : value.is_array() ? value : json::array({value})) {
      if (!id.is_number_integer() || id.get<std::int64_t>() < 0 || id.get<std::int64_t>() > kLimit)
        refuse(path_, std::string(key) + " is " + value.dump() + ", wanted token ids");
      out.push_back(id.get<std::int32_t>());
    }
    return out;
  }

 private:
  static constexpr std::int64_t kLimit = 1 << 24;
  int whole(const char* key, std::int64_t least) const {
    const json& value = object_.at(key);
    if (!value.is_number_integer() || value.get<std::int64_t>() < least || value.get<std::int64_t>() > kLimit)
      refuse(path_, std::string(key) + " is " + value.dump() + ", wanted an integer in [" + std::to_string(least) +
                        ", " + std::to_string(kLimit) + "]");
    return value.get<int>();
  }
  const json& object_;
  const fs::path& path_;
};

void read_rope(DecoderConfig& config, const json& file, const fs::path& path) {
  // Newer files put all of it into rope_parameters.
  const char* const key =
      file.contains("rope_parameters") && file.at("rope_parameters").is_object() ? "rope_parameters" : "rope_scaling";
  const json none = json::object();
  const json& object = file.contains(key) && !file.at(key).is_null() ? file.at(key) : none;
  if (!object.is_object()) refuse(path, std::string(key) + " is not an object");
  const Values values(object, path), outer(file, path);
  const double theta = values.number("rope_theta", outer.number("rope_theta", 10000, 0), 0);
  if (values.number("partial_rotary_factor", outer.number("partial_rotary_factor", 1, 0), 0) != 1)
    refuse(path, "partial_rotary_factor is not supported");
  RopeScaling scaling;
  const std::string kind = values.text("rope_type", values.text("type", "default"));
  if (kind == "linear") {
    scaling.kind = RopeScaling::Kind::kLinear;
    scaling.factor = values.number("factor", 1, 0);
  } else if (kind == "llama3") {
    scaling = {.kind = RopeScaling::Kind::kLlama3,
               .factor = values.number("factor", 1, 0),
               .low_factor = values.number("low_freq_factor", 1, 0),
               .high_factor = values.number("high_freq_factor", 4, 0),
               .original_positions = values.number("original_max_position_embeddings", 8192, 0)};
    if (!(scaling.low_factor < scaling.high_factor)) refuse(path, "low_freq_factor is not below high_freq_factor");
  } else if (kind != "default") {
    refuse(path, "scaling of positions '" + kind + "' is not supported, wanted default, linear or llama3");
  }
  config.rope_theta = static_cast<float>(theta);
  config.rope_frequencies = rope_frequencies(config.head_size, theta, scaling);
}

void read_llama(DecoderConfig& config, const json& file, const fs::path& path) {
  const Values values(file, path);
  values.expect("hidden_act", "silu");
  values.expect_off("use_sliding_window");
  config.width = values.positive("hidden_size");
  config.layers = values.positive("num_hidden_layers");
  config.heads = values.positive("num_attention_heads");
  config.key_value_heads = values.positive("num_key_value_heads", config.heads);
  config.head_size = values.positive("head_dim", std::max(1, config.width / config.heads));
  config.intermediate = values.positive("intermediate_size");
  config.positions = values.positive("max_position_embeddings");
  config.epsilon = static_cast<float>(values.number("rms_norm_eps", 1e-6, 0));
  config.tied_head = values.flag("tie_word_embeddings", false);
  const bool bias = values.flag("attention_bias", false);
  config.attention_bias = bias || config.architecture == "qwen2";
  config.output_bias = bias && config.architecture != "qwen2";
  config.feed_forward_bias = config.architecture == "llama" && values.flag("mlp_bias", false);
  config.head_norms = config.architecture == "qwen3";
  read_rope(config, file, path);
}

void read_gpt2(DecoderConfig& config, const json& file, const fs::path& path) {
  const Values values(file, path);
  values.expect("activation_function", "gelu_new");
  values.expect_off("scale_attn_by_inverse_layer_idx");
  if (!values.flag("scale_attn_weights", true)) refuse(path, "scale_attn_weights = false is not supported");
  config.width = values.positive("n_embd");
  config.layers = values.positive("n_layer");
  config.heads = config.key_value_heads = values.positive("n_head");
  config.head_size = std::max(1, config.width / config.heads);
  config.intermediate = values.positive("n_inner", 4 * config.width);
  config.positions = values.positive("n_positions");
  config.epsilon = static_cast<float>(values.number("layer_norm_epsilon", 1e-5, 0));
  config.tied_head = values.flag("tie_word_embeddings", true);
  config.attention_bias = config.output_bias = config.feed_forward_bias = true;
  if (config.head_size * config.heads != config.width)
    refuse(path, "n_embd " + std::to_string(config.width) + " is not n_head " + std::to_string(config.heads) +
                     " times a whole number");
}

}  // namespace

std::size_t DecoderConfig::cache_bytes(std::int64_t length) const {
  const std::int64_t pages = (length + nn::kCachePage - 1) / nn::kCachePage;
  return static_cast<std::size_t>(pages) * static_cast<std::size_t>(layers) *
         static_cast<std::size_t>(key_value_heads) * static_cast<std::size_t>(nn::cache_page_floats(head_size)) *
         sizeof(float);
}

void check_decoder_shape(const DecoderConfig& config, const fs::path& path) {
  if (config.heads % config.key_value_heads != 0)
    refuse(path, std::to_string(config.heads) + " query heads do not share " + std::to_string(config.key_value_heads) +
                     " key-value heads evenly");
  if (config.head_size % nn::kHeadMultiple != 0)
    refuse(path, "heads of " + std::to_string(config.head_size) + " elements, wanted a multiple of " +
                     std::to_string(nn::kHeadMultiple));
  for (const std::int32_t id : config.end_tokens)
    if (id >= config.vocabulary)
      refuse(path,
             "end token " + std::to_string(id) + " is outside the vocabulary of " + std::to_string(config.vocabulary));
}

DecoderConfig read_decoder_config(const fs::path& model_folder) {
  const fs::path path = model_folder / "config.json";
  const json file = parse(path);
  const Values values(file, path);
  DecoderConfig config;
  config.architecture = values.text("model_type", "");
  config.vocabulary = values.positive("vocab_size");
  if (config.gpt2())
    read_gpt2(config, file, path);
  else if (config.architecture == "llama" || config.architecture == "qwen2" || config.architecture == "qwen3")
    read_llama(config, file, path);
  else
    refuse(path, "model_type is '" + config.architecture + "', wanted llama, qwen2, qwen3 or gpt2");
  config.end_tokens = values.ids("eos_token_id");
  const fs::path generation = model_folder / "generation_config.json";
  std::error_code error;
  if (fs::exists(generation, error)) {
    const json other = parse(generation);
    const auto ids = Values(other, generation).ids("eos_token_id");
    if (!ids.empty()) config.end_tokens = ids;
  }
  check_decoder_shape(config, path);
  return config;
}

}  // namespace genre
