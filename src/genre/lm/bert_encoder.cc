#include "genre/lm/bert_encoder.h"

#include <algorithm>

#include "genre/nn/attention.h"
#include "genre/nn/embedding.h"
#include "genre/nn/layer_norm.h"

namespace genre {
namespace {

// Rows that go through both products of a feed-forward block while their inner activations are in cache.
constexpr std::int64_t kFeedForwardRows = 96;

MatrixView first_rows(Matrix& matrix, std::int64_t first, std::int64_t rows) {
  return {matrix.data() + first * matrix.cols(), rows, matrix.cols()};
}

void product(ConstMatrixView a, const Linear& linear, MatrixView c, Activation activation, const float* residual) {
  multiply(a.data(), a.rows(), a.cols(), linear.weight, c.data(), c.cols(), {linear.bias.data(), activation, residual});
}

}  // namespace

BertEncoder::BertEncoder(const BertConfig& config)
    : config_(config), weights_(read_bert_weights(config.transformer_folder / "model.safetensors", config)) {}

void BertEncoder::encode(std::span<const std::int32_t> ids, std::span<const std::int32_t> offsets,
                         MatrixView vectors) const {
  const auto rows = static_cast<std::int64_t>(ids.size());
  const std::int64_t width = config_.hidden;
  Matrix x(rows, width), attended(rows, width), query_key_value(rows, 3 * width);
  Matrix inner(std::min(rows, kFeedForwardRows), config_.intermediate);
  nn::embed(ids, offsets, weights_.words, weights_.positions, weights_.type, x.view());
  nn::layer_norm(x.view(), weights_.embedding_norm.gain, weights_.embedding_norm.shift, config_.epsilon);
  for (const BertLayerWeights& layer : weights_.layers) {
    product(x, layer.query_key_value, query_key_value.view(), Activation::kNone, nullptr);
    nn::self_attention(query_key_value, offsets, config_.heads, attended.view());
    product(attended, layer.attention_output, x.view(), Activation::kNone, x.data());
    nn::layer_norm(x.view(), layer.attention_norm.gain, layer.attention_norm.shift, config_.epsilon);
    for (std::int64_t first = 0; first < rows; first += kFeedForwardRows) {
      const MatrixView part = first_rows(x, first, std::min(kFeedForwardRows, rows - first));
      const MatrixView inside = first_rows(inner, 0, part.rows());
      product(part, layer.intermediate, inside, Activation::kGelu, nullptr);
      product(inside, layer.output, part, Activation::kNone, part.data());
    }
    nn::layer_norm(x.view(), layer.output_norm.gain, layer.output_norm.shift, config_.epsilon);
  }
  nn::pool(config_.pooling, x, offsets, vectors);
  if (config_.normalise) nn::normalise_rows(vectors);
}

}  // namespace genre
