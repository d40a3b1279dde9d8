#include "genre/lm/activation_memory.h"

#include <algorithm>

namespace genre {
namespace {

// Sizes that the passes choose: packed_batches.cc, encoder.cc, decoder.cc.
constexpr std::int64_t kBatchTokens = 1024, kAttentionRows = 192, kFeedForwardRows = 128, kPassTokens = 512;
constexpr std::int64_t kFloat = sizeof(float);
constexpr std::int64_t kScores = 4;  // rows of attention scores at a time
constexpr std::int64_t kPadding = 32;

}  // namespace

std::int64_t encoder_activation_bytes(const EncoderConfig& config, std::int64_t tokens, int threads) {
  const EncoderArchitecture& kind = *config.architecture;
  const std::int64_t width = config.hidden, size = config.head_size(),
                     units = (kind.gated ? 2 : 1) * config.intermediate;
  const std::int64_t rows = std::max(kBatchTokens, tokens), group = std::max(kAttentionRows, tokens);
  std::int64_t floats = rows * width;
  if (config.embedding != width) floats += rows * config.embedding;
  floats += group * (kind.norm_first ? 5 : 4) * width + kFeedForwardRows * units;
  floats += (tokens + kPadding) * (size + kScores + kScores / 2) + kScores / 2 * size;
  if (kind.rotary) floats += 2 * tokens * size;
  // Inputs of products rounded to bf16, or to bytes with their scales.
  const std::int64_t rounded = 2 * std::max(group * width, kFeedForwardRows * units) + 16 * group;
  const std::int64_t ids = rows * 3 * static_cast<std::int64_t>(sizeof(std::int32_t));
  return threads * (floats * kFloat + rounded + ids);
}

std::int64_t decoder_activation_bytes(const DecoderConfig& config, std::int64_t sequences, int threads) {
  const std::int64_t queries = std::int64_t{config.heads} * config.head_size,
                     keys = std::int64_t{config.key_value_heads} * config.head_size,
                     units = (config.gpt2() ? 1 : 2) * std::int64_t{config.intermediate};
  // States, their norms, and a product that is added to them; queries, keys, values; attended values; units; angles.
  std::int64_t floats =
      kPassTokens * (3 * std::int64_t{config.width} + 2 * queries + 2 * keys + units + config.head_size);
  floats += sequences * (std::int64_t{config.vocabulary} + config.width);
  floats += threads * kScores * (config.positions + kPadding);
  // Inputs of products as bytes, a scale and a sum for each 32.
  const std::int64_t rounded =
      kPassTokens * std::max<std::int64_t>({config.width, queries, config.intermediate}) * 5 / 4;
  return floats * kFloat + rounded;
}

}  // namespace genre
