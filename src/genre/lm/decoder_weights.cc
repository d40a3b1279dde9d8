#include "genre/lm/decoder_weights.h"

#include <set>

#include "genre/base/error.h"
#include "genre/lm/decoder_names.h"
#include "genre/nn/blocks.h"

namespace genre {
namespace {

class Reader {
 public:
  Reader(const TensorSource& source, const DecoderConfig& config, DecoderPrecision precision, const DecoderNames& names,
         const LoraAdapter* adapter)
      : source_(source),
        config_(config),
        precision_(precision),
        names_(names),
        modules_(hugging_face_decoder_names(config, decoder_module_prefix(config))),
        adapter_(adapter) {}

  DecoderNorm norm(const std::string& name) const {
    DecoderNorm out{source_.vector(name + ".weight", config_.width), {}};
    if (config_.gpt2()) out.shift = source_.vector(name + ".bias", config_.width);
    return out;
  }

  DecoderLinear linear(const std::vector<DecoderLinear::Part>& parts, std::int64_t inputs, bool bias,
                       bool input_major) {
    for (const auto& part : parts) seen_.insert(part.module);
    return {source_, parts, inputs, {precision_, bias, input_major, adapter_}};
  }

  DecoderLayer layer(int number) {
    const std::string prefix = names_.layer_prefix + std::to_string(number) + ".";
    const std::string module = modules_.layer_prefix + std::to_string(number) + ".";
    const DecoderLayerNames &n = names_.layer, &m = modules_.layer;
    const std::int64_t size = config_.head_size, queries = config_.heads * size, keys = config_.key_value_heads * size;
    std::vector<DecoderLinear::Part> attention, inner;
    if (n.query_key_value.size() == 1) {
      attention = {{prefix + n.query_key_value[0], queries + 2 * keys, 0, module + m.query_key_value[0]}};
    } else {
      const std::int64_t pairs = names_.interleaved ? size : 0;
      attention = {{prefix + n.query_key_value[0], queries, pairs, module + m.query_key_value[0]},
                   {prefix + n.query_key_value[1], keys, pairs, module + m.query_key_value[1]},
                   {prefix + n.query_key_value[2], keys, 0, module + m.query_key_value[2]}};
    }
    for (std::size_t i = 0; i < n.inner.size(); ++i)
      inner.push_back({prefix + n.inner[i], config_.intermediate, 0, module + m.inner[i]});
    DecoderLayer out{
        .attention_norm = norm(prefix + n.attention_norm),
        .query_key_value = linear(attention, config_.width, config_.attention_bias, names_.input_major),
        .query_norm = {},
        .key_norm = {},
        .attention_output = linear({{prefix + n.attention_output, config_.width, 0, module + m.attention_output}},
                                   queries, config_.output_bias, names_.input_major),
        .feed_forward_norm = norm(prefix + n.feed_forward_norm),
        .inner = linear(inner, config_.width, config_.feed_forward_bias, names_.input_major),
        .outer = linear({{prefix + n.outer, config_.width, 0, module + m.outer}}, config_.intermediate,
                        config_.feed_forward_bias, names_.input_major)};
    if (config_.head_norms) {
      out.query_norm = source_.vector(prefix + n.query_norm + ".weight", size);
      out.key_norm = source_.vector(prefix + n.key_norm + ".weight", size);
    }
    return out;
  }

  void check_adapter() const {
    if (adapter_ != nullptr) adapter_->expect_modules(seen_);
  }

 private:
  const TensorSource& source_;
  const DecoderConfig& config_;
  DecoderPrecision precision_;
  const DecoderNames& names_;
  DecoderNames modules_;  // names for adapters
  const LoraAdapter* adapter_;
  std::set<std::string> seen_;  // modules
};

// Llama 3 in GGUF: each frequency is divided by its factor.
void divide_frequencies(const TensorSource& source, DecoderConfig& config) {
  if (config.rope_frequencies.empty() || !source.has("rope_freqs.weight")) return;
  const auto factors = source.vector("rope_freqs.weight", static_cast<std::int64_t>(config.rope_frequencies.size()));
  for (std::size_t i = 0; i < factors.size(); ++i) {
    if (!(factors[i] > 0))
      throw Error(ErrorCode::kData, "rope_freqs.weight holds a factor that is not above 0", "fetch the model again",
                  {.file = source.path().string()});
    config.rope_frequencies[i] /= factors[i];
  }
}

}  // namespace

std::size_t DecoderWeights::bytes() const {
  const auto norm_bytes = [](const DecoderNorm& n) { return (n.gain.size() + n.shift.size()) * sizeof(float); };
  std::size_t out = head.bytes() + norm_bytes(norm) + positions.values().size() * sizeof(float);
  for (const DecoderLayer& layer : layers)
    out += layer.query_key_value.bytes() + layer.attention_output.bytes() + layer.inner.bytes() + layer.outer.bytes() +
           norm_bytes(layer.attention_norm) + norm_bytes(layer.feed_forward_norm) +
           (layer.query_norm.size() + layer.key_norm.size()) * sizeof(float);
  return out;
}

DecoderWeights read_decoder_weights(std::shared_ptr<const TensorSource> source, DecoderConfig& config,
                                    DecoderPrecision precision, const LoraAdapter* adapter) {
  const bool gguf = source->path().extension() == ".gguf";
  if (gguf) divide_frequencies(*source, config);
  std::string prefix = decoder_module_prefix(config);
  const std::string table = config.gpt2() ? "wte.weight" : "embed_tokens.weight";
  if (!source->has(prefix + table) && source->has(table)) prefix.clear();
  const DecoderNames names = gguf ? gguf_decoder_names(config) : hugging_face_decoder_names(config, prefix);
  Reader reader(*source, config, precision, names, adapter);
  DecoderWeights out;
  out.tokens = source->at(names.tokens + ".weight", {config.vocabulary, config.width});
  if (config.gpt2()) out.positions = source->matrix(names.positions + ".weight", config.positions, config.width);
  for (int l = 0; l < config.layers; ++l) out.layers.push_back(reader.layer(l));
  out.norm = reader.norm(names.norm);
  if (!config.tied_head && !nn::finite(out.tokens.format, out.tokens.bytes))
    throw Error(ErrorCode::kData, "tensor '" + names.tokens + ".weight' holds a value that is not finite",
                "fetch the model again", {.file = source->path().string()});
  out.head =
      reader.linear({{config.tied_head ? names.tokens : names.head, config.vocabulary, 0, "lm_head"}}, config.width,
                    /*bias=*/false, /*input_major=*/false);
  reader.check_adapter();
  out.source = std::move(source);
  return out;
}

}  // namespace genre
