#include "genre/lm/encoder_weights.h"

#include "genre/nn/relative_bias.h"

namespace genre {
namespace {

using Bias = WeightReader::Bias;

Bias read_if(bool wanted) { return wanted ? Bias::kRead : Bias::kNone; }

EncoderLayerWeights read_layer(const WeightReader& reader, const EncoderConfig& config, int layer) {
  const EncoderArchitecture& names = *config.architecture;
  const std::string prefix = layer_prefix(names.layer, layer);
  const auto name = [&](std::string_view part) { return prefix + std::string(part); };
  const std::int64_t width = config.hidden, inner = config.intermediate;
  const std::int64_t attended = std::int64_t{config.heads_of(layer)} * config.head_size();
  const Bias attention = read_if(config.attention_bias), norm = read_if(config.norm_bias);
  EncoderLayerWeights out;
  out.query_key_value =
      config.attention_together
          ? reader.linear({name(names.query_key_value)}, 3 * attended, width, attention)
          : reader.linear({name(names.query), name(names.key), name(names.value)}, attended, width, attention);
  out.attention_output = reader.linear({name(names.attention_output)}, width, attended, attention);
  if (layer > 0 || !names.norm_first) out.attention_norm = reader.norm(name(names.attention_norm), width, norm);
  out.inner = reader.linear({name(names.inner)}, names.gated ? 2 * inner : inner, width, read_if(config.inner_bias));
  out.outer = reader.linear({name(names.outer)}, width, inner, read_if(config.outer_bias));
  out.output_norm = reader.norm(name(names.output_norm), width, norm);
  return out;
}

}  // namespace

EncoderWeights read_encoder_weights(const EncoderConfig& config, EncoderPrecision precision) {
  EncoderWeights out;
  out.precision = precision;
  out.source = open_tensors(config.folder);
  const EncoderArchitecture& names = *config.architecture;
  const auto weight = [](std::string_view name) { return std::string(name) + ".weight"; };
  const bool prefixed =
      !out.source->has(weight(names.words)) && out.source->has(std::string(names.prefix) + weight(names.words));
  const WeightReader reader(*out.source, prefixed ? std::string(names.prefix) : "", precision);

  const std::int64_t width = config.embedding;
  out.words = reader.matrix(weight(names.words), config.vocabulary, width, out.converted);
  if (config.position_rows() > 0)
    out.positions = reader.matrix(weight(names.positions), config.position_rows(), width, out.converted);
  if (config.types > 0) out.types = reader.matrix(weight(names.types), config.types, width, out.converted);
  out.embedding_norm = reader.norm(std::string(names.embedding_norm), width, read_if(config.norm_bias));
  if (width != config.hidden)
    out.projection = reader.linear({std::string(names.projection)}, config.hidden, width, Bias::kRead);
  if (config.relative_buckets > 0) {
    std::deque<Matrix> kept;
    constexpr std::int64_t kFarthest = 128;
    out.relative_bias =
        nn::relative_bias(reader.matrix(weight(names.relative_bias), config.relative_buckets, config.heads, kept),
                          config.positions, kFarthest);
  }
  for (int l = 0; l < config.layers; ++l) out.layers.push_back(read_layer(reader, config, l));
  if (!names.final_norm.empty())
    out.final_norm = reader.norm(std::string(names.final_norm), config.hidden, read_if(config.norm_bias));
  return out;
}

}  // namespace genre
