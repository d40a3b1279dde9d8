#include "genre/base/error.h"
#include "genre/lm/decoder_config.h"
#include "genre/lm/rope_frequencies.h"

namespace genre {
namespace {

[[noreturn]] void refuse(const GgufFile& file, const std::string& fault) {
  throw Error(ErrorCode::kData, fault, "choose another model", {.file = file.path().string()});
}

// Keys below the name of the architecture.
class Values {
 public:
  Values(const GgufFile& file, std::string prefix) : file_(file), prefix_(std::move(prefix)) {}

  int positive(const char* key, std::optional<int> otherwise = {}) const {
    constexpr std::int64_t kLimit = 1 << 24;
    const auto value = file_.integer(prefix_ + key);
    if (!value && otherwise) return *otherwise;
    if (!value) refuse(file_, "no metadata " + prefix_ + key);
    if (*value < 1 || *value > kLimit)
      refuse(file_, prefix_ + key + " is " + std::to_string(*value) + ", wanted an integer in [1, " +
                        std::to_string(kLimit) + "]");
    return static_cast<int>(*value);
  }
  double number(const char* key, double otherwise) const {
    const double value = file_.number(prefix_ + key).value_or(otherwise);
    if (!(value > 0 && value < 1e12))
      refuse(file_, prefix_ + key + " is " + std::to_string(value) + ", wanted it above 0");
    return value;
  }
  std::string text(const char* key, const std::string& otherwise) const {
    return file_.text(prefix_ + key).value_or(otherwise);
  }

 private:
  const GgufFile& file_;
  std::string prefix_;
};

void read_rope(DecoderConfig& config, const GgufFile& file, const Values& values) {
  RopeScaling scaling;
  const std::string kind = values.text("rope.scaling.type", "none");
  if (kind == "linear") {
    scaling.kind = RopeScaling::Kind::kLinear;
    scaling.factor = values.number("rope.scaling.factor", 1);
  } else if (kind != "none") {
    refuse(file, "scaling of positions '" + kind + "' is not supported, wanted none or linear");
  }
  if (values.positive("rope.dimension_count", config.head_size) != config.head_size)
    refuse(file, "rotary embedding of a part of each head is not supported");
  const double theta = values.number("rope.freq_base", 10000);
  config.rope_theta = static_cast<float>(theta);
  config.rope_frequencies = rope_frequencies(config.head_size, theta, scaling);
}

}  // namespace

DecoderConfig read_decoder_config(const GgufFile& file) {
  DecoderConfig config;
  config.architecture = file.text("general.architecture").value_or("");
  const std::string& name = config.architecture;
  if (name != "llama" && name != "qwen2" && name != "qwen3" && name != "gpt2")
    refuse(file, "general.architecture is '" + name + "', wanted llama, qwen2, qwen3 or gpt2");
  const Values values(file, name + ".");
  config.width = values.positive("embedding_length");
  config.layers = values.positive("block_count");
  config.heads = values.positive("attention.head_count");
  config.key_value_heads = values.positive("attention.head_count_kv", config.heads);
  config.head_size = values.positive("attention.key_length", std::max(1, config.width / config.heads));
  if (values.positive("attention.value_length", config.head_size) != config.head_size)
    refuse(file, "values of another size than keys are not supported");
  config.intermediate = values.positive("feed_forward_length");
  config.positions = values.positive("context_length");
  const GgufTensor& tokens = file.at("token_embd.weight");
  if (tokens.shape.size() != 2 || tokens.shape[0] < 1 || tokens.shape[0] > (1 << 24))
    refuse(file, "token_embd.weight is no table of tokens");
  config.vocabulary = static_cast<int>(tokens.shape[0]);
  config.epsilon = static_cast<float>(
      values.number(config.gpt2() ? "attention.layer_norm_epsilon" : "attention.layer_norm_rms_epsilon", 1e-5));
  config.attention_bias = config.gpt2() || file.has("blk.0.attn_q.bias");
  config.output_bias = file.has("blk.0.attn_output.bias");
  config.feed_forward_bias = file.has("blk.0.ffn_down.bias");
  config.head_norms = name == "qwen3";
  config.tied_head = !file.has("output.weight");
  if (!config.gpt2()) read_rope(config, file, values);
  for (const char* const key : {"tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id"}) {
    const auto id = file.integer(key);
    if (id && (*id < 0 || *id >= config.vocabulary)) refuse(file, std::string(key) + " is " + std::to_string(*id));
    if (id) config.end_tokens.push_back(static_cast<std::int32_t>(*id));
  }
  check_decoder_shape(config, file.path());
  return config;
}

}  // namespace genre
