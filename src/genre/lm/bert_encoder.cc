#include "genre/lm/bert_encoder.h"

#include <algorithm>
#include <vector>

#include "genre/nn/attention.h"
#include "genre/nn/embedding.h"
#include "genre/nn/layer_norm.h"

namespace genre {
namespace {

// Rows whose activations stay in the L2 cache: through attention, whole sequences at a time, and through the two
// products of a feed-forward block.
constexpr std::int64_t kAttentionRows = 192, kFeedForwardRows = 96;

// Sequences that go through a layer together: rows [first, first + rows), offsets counted from `first`.
struct Group {
  std::int64_t first = 0, rows = 0;
  std::vector<std::int32_t> offsets = {0};
};

std::vector<Group> group_sequences(std::span<const std::int32_t> offsets) {
  std::vector<Group> groups;
  for (std::size_t b = 0; b + 1 < offsets.size(); ++b) {
    const std::int64_t length = offsets[b + 1] - offsets[b];
    if (groups.empty() || groups.back().rows + length > kAttentionRows) groups.push_back({.first = offsets[b]});
    groups.back().rows += length;
    groups.back().offsets.push_back(static_cast<std::int32_t>(groups.back().rows));
  }
  return groups;
}

MatrixView some_rows(Matrix& matrix, std::int64_t first, std::int64_t rows) {
  return {matrix.data() + first * matrix.cols(), rows, matrix.cols()};
}

}  // namespace

BertEncoder::BertEncoder(const BertConfig& config, EncoderPrecision precision)
    : config_(config),
      weights_(read_bert_weights(config.transformer_folder / "model.safetensors", config, precision)) {}

void BertEncoder::encode(std::span<const std::int32_t> ids, std::span<const std::int32_t> offsets,
                         MatrixView vectors) const {
  const std::vector<Group> groups = group_sequences(offsets);
  std::int64_t most = 0;
  for (const Group& group : groups) most = std::max(most, group.rows);
  const std::int64_t width = config_.hidden;
  Matrix states(static_cast<std::int64_t>(ids.size()), width);
  Matrix query_key_value(most, 3 * width), attended(most, width),
      inner(std::min(most, kFeedForwardRows), config_.intermediate);

  nn::embed(ids, offsets, weights_.words, weights_.positions, weights_.type, states.view());
  nn::layer_norm(states.view(), weights_.embedding_norm.gain, weights_.embedding_norm.shift, config_.epsilon);
  for (const BertLayerWeights& layer : weights_.layers) {
    for (const Group& group : groups) {
      const MatrixView x = some_rows(states, group.first, group.rows);
      const MatrixView qkv = some_rows(query_key_value, 0, group.rows), mixed = some_rows(attended, 0, group.rows);
      layer.query_key_value.apply(x, qkv);
      nn::self_attention(qkv, group.offsets, config_.heads, mixed);
      layer.attention_output.apply(mixed, x, Activation::kNone, x.data());
      nn::layer_norm(x, layer.attention_norm.gain, layer.attention_norm.shift, config_.epsilon);
      for (std::int64_t first = 0; first < group.rows; first += kFeedForwardRows) {
        const MatrixView part = some_rows(states, group.first + first, std::min(kFeedForwardRows, group.rows - first));
        const MatrixView inside = some_rows(inner, 0, part.rows());
        layer.intermediate.apply(part, inside, Activation::kGelu);
        layer.output.apply(inside, part, Activation::kNone, part.data());
      }
      nn::layer_norm(x, layer.output_norm.gain, layer.output_norm.shift, config_.epsilon);
    }
  }
  nn::pool(config_.pooling, states, offsets, vectors);
  if (config_.normalise) nn::normalise_rows(vectors);
}

}  // namespace genre
