#include "genre/lm/encoder_config.h"

#include <algorithm>

#include "genre/base/error.h"
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

// The settings of rotary positions lie in rope_parameters of recent files and beside the others in older ones.
float read_theta(const ModelJson& file, const char* kind, const char* old_key, double otherwise) {
  double theta = file.number(old_key, otherwise);
  if (file.has("rope_parameters") && file.at("rope_parameters").has(kind)) {
    const ModelJson parameters = file.at("rope_parameters").at(kind);
    expect(parameters, "rope_type", "default");
    theta = parameters.number("rope_theta", theta);
  }
  if (theta < 1 || theta > 1e9) file.refuse("rope_theta is " + std::to_string(theta) + ", wanted 1 to 10^9");
  return static_cast<float>(theta);
}

void read_rotary(const ModelJson& file, EncoderConfig& config) {
  if (file.has("rope_scaling")) file.at("rope_scaling").refuse("is not supported", "choose another model");
  config.global_theta = read_theta(file, "full_attention", "global_rope_theta", 160'000);
  config.local_theta = read_theta(file, "sliding_attention", "local_rope_theta", 10'000);
  config.window = file.size("local_attention", 128) / 2;
  if (config.window < 1) file.at("local_attention").refuse("is below 2");
  config.attention_bias = file.boolean("attention_bias", false);
  config.feed_forward_bias = file.boolean("mlp_bias", false);
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
  EncoderConfig config;
  config.folder = folder;
  const EncoderArchitecture& architecture = *(config.architecture = &find_architecture(file));
  expect(file, "position_embedding_type", "absolute");
  if (file.boolean("is_decoder", false)) file.at("is_decoder").refuse("is true: this is no encoder");
  config.hidden = file.at(architecture.hidden).size();
  config.layers = file.at(architecture.layers).size();
  config.heads = file.at(architecture.heads).size();
  config.intermediate = file.at(architecture.intermediate).size();
  config.vocabulary = file.at("vocab_size").size();
  config.embedding = architecture.projection.empty() ? config.hidden : file.size("embedding_size", config.hidden);
  if (!architecture.types.empty()) config.types = file.size("type_vocab_size", 2);
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
  if (architecture.rotary) read_rotary(file, config);
  if (config.hidden % config.heads != 0 || config.hidden / config.heads % nn::kHeadMultiple != 0)
    file.refuse(std::string(architecture.hidden) + " " + std::to_string(config.hidden) + " is not " +
                    std::string(architecture.heads) + " " + std::to_string(config.heads) + " times a multiple of " +
                    std::to_string(nn::kHeadMultiple),
                "choose another model");
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
