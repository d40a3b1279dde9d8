#include "genre/lm/encoder_config.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <set>

#include "genre/base/error.h"
#include "genre/lm/rope_frequencies.h"
#include "genre/nn/attention.h"

namespace genre {
namespace fs = std::filesystem;
namespace {

const EncoderArchitecture& find_architecture(const ModelJson& file) {
  const std::string type = file.at("model_type").text();
  std::string known;
  for (const EncoderArchitecture& architecture : encoder_architectures()) {
    if (architecture.name == type) return architecture;
    known += (known.empty() ? "" : ", ") + std::string(architecture.name);
  }
  file.at("model_type").refuse("is '" + type + "', which is no encoder that runs here", "supported: " + known);
}

void expect(const ModelJson& file, const char* key, const std::string& wanted) {
  const std::string found = file.text(key, wanted);
  if (found != wanted) file.at(key).refuse("is '" + found + "', wanted '" + wanted + "'", "choose another model");
}

float read_epsilon(const ModelJson& file, const EncoderArchitecture& architecture) {
  if (architecture.epsilon.empty()) return 1e-12f;  // DistilBERT's, which no configuration holds
  const double epsilon = file.number(architecture.epsilon, architecture.norm_first ? 1e-5 : 1e-12);
  if (epsilon < 0 || epsilon >= 1) file.at(architecture.epsilon).refuse("is outside [0, 1)");
  return static_cast<float>(epsilon);
}

// Rotary frequencies by the settings of one kind of layers: rope_type (or type), rope_theta, factor, mixed_b.
std::vector<float> read_frequencies(const ModelJson& settings, const EncoderConfig& config, double theta) {
  theta = settings.number("rope_theta", theta);
  if (theta < 1 || theta > 1e9) settings.refuse("rope_theta is " + std::to_string(theta) + ", wanted 1 to 10^9");
  const std::string kind = settings.text("rope_type", settings.text("type", "default"));
  RopeScaling scaling;
  if (kind == "linear") scaling.kind = RopeScaling::Kind::kLinear;
  if (kind == "ntk") scaling.kind = RopeScaling::Kind::kNtk;
  // Dynamic scaling begins where texts are longer than the model takes here.
  if (kind != "default" && kind != "dynamic" && scaling.kind == RopeScaling::Kind::kNone)
    settings.refuse("asks for scaled positions of the kind '" + kind + "', wanted default, linear, dynamic or ntk",
                    "choose another model");
  scaling.factor = settings.number("factor", 1);
  if (scaling.factor < 1 || scaling.factor > 1e6) settings.at("factor").refuse("is outside [1, 10^6]");
  if (settings.has("mixed_b")) scaling.mixed_exponent = settings.at("mixed_b").number();
  return rope_frequencies(config.hidden / config.heads, theta, scaling);
}

// ModernBERT's settings, for global and local layers apart, lie in rope_parameters of recent files and beside the
// others in older ones.
void read_modern_rotary(const ModelJson& file, EncoderConfig& config) {
  if (file.has("rope_scaling")) file.at("rope_scaling").refuse("is not supported", "choose another model");
  const auto frequencies = [&](const char* kind, const char* old_key, double otherwise) {
    const bool recent = file.has("rope_parameters") && file.at("rope_parameters").has(kind);
    const double theta = file.number(old_key, otherwise);
    return recent ? read_frequencies(file.at("rope_parameters").at(kind), config, theta)
                  : rope_frequencies(config.hidden / config.heads, theta, {});
  };
  config.global_frequencies = frequencies("full_attention", "global_rope_theta", 160'000);
  config.local_frequencies = frequencies("sliding_attention", "local_rope_theta", 10'000);
  config.window = file.size("local_attention", 128) / 2;
  if (config.window < 1) file.at("local_attention").refuse("is below 2");
  config.attention_bias = file.boolean("attention_bias", false);
  config.inner_bias = config.outer_bias = file.boolean("mlp_bias", false);
  config.norm_bias = file.boolean("norm_bias", false);
  if (!file.has("layer_types")) {
    const int every = file.size("global_attn_every_n_layers", 3);
    for (int l = 0; l < config.layers; ++l) config.local.push_back(l % every != 0);
    return;
  }
  for (const ModelJson& type : file.at("layer_types").elements()) {
    const std::string kind = type.text();
    if (kind != "full_attention" && kind != "sliding_attention") type.refuse("is '" + kind + "', which is not known");
    config.local.push_back(kind == "sliding_attention");
  }
  if (static_cast<int>(config.local.size()) != config.layers)
    file.at("layer_types")
        .refuse("has " + std::to_string(config.local.size()) + " entries, num_hidden_layers is " +
                std::to_string(config.layers));
}

// gte's: one theta, scaling in rope_scaling.
void read_new_rotary(const ModelJson& file, EncoderConfig& config) {
  expect(file, "layer_norm_type", "layer_norm");
  if (file.boolean("logn_attention_scale", false))
    file.at("logn_attention_scale").refuse("is not supported", "choose another model");
  const double theta = file.number("rope_theta", 10'000);
  const char* const key = file.has("rope_parameters") ? "rope_parameters" : "rope_scaling";
  config.global_frequencies = read_frequencies(file.has(key) ? file.at(key) : file, config, theta);
  config.inner_bias = false;
}

// The positions that texts can use, and the table's rows before them.
void read_positions(const ModelJson& file, EncoderConfig& config) {
  config.positions = file.at("max_position_embeddings").size();
  if (!config.architecture->pads_positions) return;
  constexpr int kUsualPadding = 1;
  // MPNet's rows are fixed in the reference whatever the configuration says.
  const bool fixed = !config.architecture->relative_bias.empty();
  config.padding = !fixed && file.has("pad_token_id")
                       ? static_cast<int>(file.at("pad_token_id").integer(0, config.vocabulary - 1))
                       : kUsualPadding;
  config.positions -= config.padding + 1;
  if (config.positions < 1) file.at("max_position_embeddings").refuse("leaves no position after the padding token's");
}

// {"0": [2, 3]}: the heads that layer 0 has lost, as transformers below version 5 writes them.
void read_pruned_heads(const ModelJson& file, EncoderConfig& config) {
  if (!file.has("pruned_heads")) return;
  const ModelJson pruned = file.at("pruned_heads");
  std::vector<int> left(config.layers, config.heads);
  for (const auto& [key, heads] : pruned.members()) {
    int layer = -1;
    const auto [end, fault] = std::from_chars(key.data(), key.data() + key.size(), layer);
    if (fault != std::errc() || end != key.data() + key.size() || layer < 0 || layer >= config.layers)
      heads.refuse("is no layer of " + std::to_string(config.layers));
    std::set<std::int64_t> gone;
    for (const ModelJson& head : heads.elements())
      if (!gone.insert(head.integer(0, config.heads - 1)).second) head.refuse("is there twice");
    left[layer] -= static_cast<int>(gone.size());
    if (left[layer] < 1) heads.refuse("leaves no head");
  }
  if (std::ranges::all_of(left, [&](int heads) { return heads == config.heads; })) return;
  if (config.attention_together || !config.architecture->prunes_heads())
    pruned.refuse("is not supported for this type", "choose another model");
  config.layer_heads = std::move(left);
}

EncoderConfig read_settings(const ModelJson& file, const EncoderArchitecture& architecture) {
  EncoderConfig config;
  config.architecture = &architecture;
  expect(file, "position_embedding_type", architecture.rotary && !architecture.norm_first ? "rope" : "absolute");
  if (file.boolean("is_decoder", false)) file.at("is_decoder").refuse("is true: this is no encoder");
  config.hidden = file.at(architecture.hidden).size();
  config.layers = file.at(architecture.layers).size();
  config.heads = file.at(architecture.heads).size();
  config.intermediate = file.at(architecture.intermediate).size();
  config.vocabulary = file.at("vocab_size").size();
  config.embedding = architecture.projection.empty() ? config.hidden : file.size("embedding_size", config.hidden);
  constexpr int kMostTypes = 1 << 24;
  if (!architecture.types.empty())
    config.types =
        file.has("type_vocab_size") ? static_cast<int>(file.at("type_vocab_size").integer(0, kMostTypes)) : 2;
  config.epsilon = read_epsilon(file, architecture);
  config.activation =
      file.has(architecture.activation) ? read_activation(file.at(architecture.activation)) : Activation::kGelu;
  read_positions(file, config);
  if (!architecture.relative_bias.empty()) {
    constexpr int kBuckets = 32;  // the reference's number, whatever the configuration says
    config.relative_buckets = file.size("relative_attention_num_buckets", kBuckets);
    if (config.relative_buckets != kBuckets)
      file.at("relative_attention_num_buckets").refuse("is not 32", "choose another model");
  }
  if (config.hidden % config.heads != 0 || config.hidden / config.heads % nn::kHeadMultiple != 0)
    file.refuse(std::string(architecture.hidden) + " " + std::to_string(config.hidden) + " is not " +
                    std::string(architecture.heads) + " " + std::to_string(config.heads) + " times a multiple of " +
                    std::to_string(nn::kHeadMultiple),
                "choose another model");
  config.attention_together =
      !architecture.query_key_value.empty() && (architecture.query.empty() || file.boolean("pack_qkv", true));
  if (architecture.rotary && architecture.norm_first) read_modern_rotary(file, config);
  if (architecture.rotary && !architecture.norm_first) read_new_rotary(file, config);
  read_pruned_heads(file, config);
  return config;
}

}  // namespace

Activation read_activation(const ModelJson& name) {
  static constexpr std::pair<std::string_view, Activation> kNames[] = {
      {"gelu", Activation::kGelu},
      {"gelu_new", Activation::kGeluTanh},
      {"gelu_pytorch_tanh", Activation::kGeluTanh},
      {"gelu_fast", Activation::kGeluTanh},
      {"relu", Activation::kRelu},
      {"silu", Activation::kSilu},
      {"swish", Activation::kSilu},
      {"tanh", Activation::kTanh},
      {"torch.nn.modules.activation.GELU", Activation::kGelu},
      {"torch.nn.modules.activation.ReLU", Activation::kRelu},
      {"torch.nn.modules.activation.SiLU", Activation::kSilu},
      {"torch.nn.modules.activation.Tanh", Activation::kTanh},
      {"torch.nn.modules.linear.Identity", Activation::kNone}};
  const std::string text = name.text();
  for (const auto& [known, activation] : kNames)
    if (text == known) return activation;
  name.refuse("is '" + text + "', wanted gelu, gelu_new, relu, silu or tanh", "choose another model");
}

EncoderConfig read_encoder_config(const fs::path& folder) {
  const ModelJson file(folder / "config.json");
  EncoderConfig config = read_settings(file, find_architecture(file));
  config.folder = folder;
  return config;
}

EncoderConfig read_encoder_config(const GgufFile& file) {
  const std::string kind = file.text("general.architecture").value_or("");
  const auto refuse = [&](const std::string& fault) {
    throw Error(ErrorCode::kData, fault, "choose another model", {.file = file.path().string()});
  };
  if (kind != "bert")
    refuse("the architecture is '" + kind + "', the only encoder of GGUF files that runs here is bert");
  const EncoderArchitecture& architecture = gguf_bert_architecture();
  const auto rows = [&](std::string_view name) { return file.at(std::string(name) + ".weight").shape.at(0); };
  nlohmann::json settings = {{"vocab_size", rows(architecture.words)}};
  if (file.has(std::string(architecture.types) + ".weight")) settings["type_vocab_size"] = rows(architecture.types);
  constexpr std::pair<const char*, const char*> kSizes[] = {{"hidden_size", "embedding_length"},
                                                            {"num_hidden_layers", "block_count"},
                                                            {"num_attention_heads", "attention.head_count"},
                                                            {"intermediate_size", "feed_forward_length"},
                                                            {"max_position_embeddings", "context_length"}};
  for (const auto& [key, name] : kSizes)
    if (const auto value = file.integer("bert." + std::string(name))) settings[key] = *value;
  settings["layer_norm_eps"] = file.number("bert.attention.layer_norm_epsilon").value_or(1e-12);
  const auto kept = file.text("genre.file.config.json");
  EncoderConfig config = read_settings(ModelJson(kept.value_or(settings.dump()), file.path()), architecture);
  config.folder = file.path();
  return config;
}

int tokenizer_limit(const fs::path& folder, int otherwise) {
  const fs::path path = folder / "tokenizer_config.json";
  if (!fs::exists(path)) return otherwise;
  const ModelJson file(path);
  const double limit = file.number("model_max_length", otherwise);
  if (limit < 1) file.at("model_max_length").refuse("is below 1");
  return static_cast<int>(std::min<double>(limit, otherwise));
}

}  // namespace genre
