#include "genre/lm/encoder.h"

#include <algorithm>
#include <numeric>

#include "genre/lm/adapter_folder.h"
#include "genre/nn/attention.h"
#include "genre/nn/embedding.h"
#include "genre/nn/gated_activation.h"
#include "genre/nn/layer_norm.h"
#include "genre/nn/rotary.h"

namespace genre {
namespace {

// Rows whose activations stay in the L2 cache: through attention, whole sequences at a time, and through the two
// products of a feed-forward block.
constexpr std::int64_t kAttentionRows = 192, kFeedForwardRows = 128;

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

// The first floats of a buffer.
MatrixView shaped(Matrix& buffer, std::int64_t rows, std::int64_t cols) { return {buffer.data(), rows, cols}; }

// Turns the queries and keys of every token by its place.
void rotate(const Matrix& angles, const Group& group, int heads, MatrixView qkv) {
  for (std::size_t b = 0; b + 1 < group.offsets.size(); ++b)
    for (std::int32_t t = group.offsets[b]; t < group.offsets[b + 1]; ++t)
      nn::rotate(qkv.row(t).data(), 2 * heads, angles.row(t - group.offsets[b]));
}

// x (T x 2I) to activation(x[:, :I]) * x[:, I:], or with the halves the other way round, in the first T * I floats of
// x.
MatrixView gate(const EncoderConfig& config, MatrixView x) {
  const std::int64_t width = x.cols() / 2, first = config.architecture->gate_last ? width : 0;
  for (std::int64_t t = 0; t < x.rows(); ++t) {
    float* const row = x.row(t).data();
    nn::activate_gate(config.activation, row + first, row + (width - first), width);
    std::copy_n(row + first, width, x.data() + t * width);
  }
  return {x.data(), x.rows(), width};
}

// Buffers of one pass, so large that every group fits.
struct Scratch {
  Scratch(const EncoderConfig& config, const EncoderAdapter* adapter, std::int64_t rows)
      : query_key_value(rows, 3 * config.hidden),
        attended(rows, config.hidden),
        normed(config.architecture->norm_first ? rows : 0, config.hidden),
        block(adapter != nullptr ? rows : 0, config.hidden),
        inner(std::min(rows, kFeedForwardRows), (config.architecture->gated ? 2 : 1) * config.intermediate) {}
  Matrix query_key_value, attended, normed, block, inner;
};

class Pass {
 public:
  Pass(const EncoderConfig& config, const EncoderWeights& weights, const EncoderAdapter* adapter,
       std::span<const std::int32_t> offsets, const EncoderProbe& probe)
      : config_(config),
        weights_(weights),
        adapter_(adapter),
        probe_(probe),
        groups_(group_sequences(offsets)),
        scratch_(config, adapter, most_rows()) {
    if (!config.architecture->rotary) return;
    std::int64_t longest = 0;
    for (std::size_t b = 0; b + 1 < offsets.size(); ++b)
      longest = std::max<std::int64_t>(longest, offsets[b + 1] - offsets[b]);
    global_angles_ = angles(longest, config.global_frequencies);
    if (!config.local.empty()) local_angles_ = angles(longest, config.local_frequencies);
  }

  void run(Matrix& states) {
    for (int l = 0; l < config_.layers; ++l) {
      if (!probe_.left_out.empty() && probe_.left_out[l]) continue;
      for (const Group& group : groups_) run_layer(l, group, states);
    }
  }

 private:
  std::int64_t most_rows() const {
    std::int64_t most = 0;
    for (const Group& group : groups_) most = std::max(most, group.rows);
    return most;
  }

  static Matrix angles(std::int64_t length, std::span<const float> frequencies) {
    std::vector<std::int32_t> places(length);
    std::iota(places.begin(), places.end(), 0);
    Matrix out(length, 2 * std::ssize(frequencies));
    nn::rotary_angles(places, frequencies, out.view());
    return out;
  }

  static void add(const LoraProduct& product, ConstMatrixView x, MatrixView y) {
    product.add(x.data(), x.rows(), x.cols(), y.data(), y.cols());
  }
  void show(int l, LayerInput input, ConstMatrixView rows) const {
    if (probe_.show) probe_.show(l, input, rows);
  }
  void normalise(const LayerNormWeights& norm, MatrixView x) const {
    nn::layer_norm(x, norm.gain, norm.shift, config_.epsilon);
  }
  // What a block reads: x itself, or a normalised copy where norms come first.
  ConstMatrixView input(const LayerNormWeights& norm, MatrixView x) {
    if (!config_.architecture->norm_first || norm.gain.empty()) return x;
    const MatrixView out = some_rows(scratch_.normed, 0, x.rows());
    std::copy_n(x.data(), x.rows() * x.cols(), out.data());
    normalise(norm, out);
    return out;
  }

  void run_layer(int l, const Group& group, Matrix& states) {
    const EncoderLayerWeights& layer = weights_.layers[l];
    const bool norm_last = !config_.architecture->norm_first, local = !config_.local.empty() && config_.local[l];
    const int heads = config_.heads_of(l);
    const std::int64_t width = std::int64_t{heads} * config_.head_size();
    const MatrixView x = some_rows(states, group.first, group.rows);
    const MatrixView qkv = shaped(scratch_.query_key_value, group.rows, 3 * width),
                     mixed = shaped(scratch_.attended, group.rows, width);
    const ConstMatrixView read = input(layer.attention_norm, x);
    show(l, LayerInput::kAttention, read);
    layer.query_key_value.apply(read, qkv);
    if (adapter_ != nullptr) add(adapter_->layers[l].query_key_value, read, qkv);
    if (config_.architecture->rotary) rotate(local ? local_angles_ : global_angles_, group, heads, qkv);
    nn::self_attention(
        qkv, group.offsets,
        {heads, local ? config_.window : 0, weights_.relative_bias, weights_.precision != EncoderPrecision::kFp32},
        mixed);
    show(l, LayerInput::kAttended, mixed);
    add_block(adapter_ == nullptr ? nullptr : &adapter_->layers[l].after_attention, layer.attention_norm, x,
              [&](MatrixView y, const float* residual) {
                layer.attention_output.apply(mixed, y, Activation::kNone, residual);
                if (adapter_ != nullptr) add(adapter_->layers[l].attention_output, mixed, y);
              });
    if (norm_last) normalise(layer.attention_norm, x);
    const std::int64_t blocks = (group.rows + kFeedForwardRows - 1) / kFeedForwardRows;
    for (std::int64_t b = 0; b < blocks; ++b) {
      const std::int64_t first = group.rows * b / blocks, last = group.rows * (b + 1) / blocks;
      feed_forward(l, some_rows(states, group.first + first, last - first));
    }
    if (norm_last) normalise(layer.output_norm, x);
  }

  void feed_forward(int l, MatrixView x) {
    const EncoderLayerWeights& layer = weights_.layers[l];
    const MatrixView inside = some_rows(scratch_.inner, 0, x.rows());
    const bool gated = config_.architecture->gated;
    const ConstMatrixView read = input(layer.output_norm, x);
    show(l, LayerInput::kFeedForward, read);
    // What an adapter adds comes before the activation.
    const bool apart = adapter_ != nullptr && !adapter_->layers[l].inner.empty();
    layer.inner.apply(read, inside, gated || apart ? Activation::kNone : config_.activation);
    if (apart) {
      add(adapter_->layers[l].inner, read, inside);
      if (!gated) nn::activate(config_.activation, inside.data(), inside.rows() * inside.cols());
    }
    const MatrixView units = gated ? gate(config_, inside) : inside;
    show(l, LayerInput::kUnits, units);
    add_block(adapter_ == nullptr ? nullptr : &adapter_->layers[l].after_feed_forward, layer.output_norm, x,
              [&](MatrixView y, const float* residual) {
                layer.outer.apply(units, y, Activation::kNone, residual);
                if (adapter_ != nullptr) add(adapter_->layers[l].outer, units, y);
              });
  }

  // x += what a block gives, through the bottleneck behind it, or null. block(y, residual): y = what it gives +
  // residual, or none.
  void add_block(const Bottleneck* bottleneck, const LayerNormWeights& norm, MatrixView x, const auto& block) {
    if (bottleneck == nullptr || bottleneck->empty()) return block(x, x.data());
    const MatrixView out = some_rows(scratch_.block, 0, x.rows());
    const std::int64_t size = x.rows() * x.cols();
    if (adapter_->reads_sum) {
      block(x, x.data());
      std::copy_n(x.data(), size, out.data());
      if (!config_.architecture->norm_first) normalise(norm, out);
      bottleneck->add(out, x);
    } else {
      block(out, nullptr);
      bottleneck->add(out, out);
      for (std::int64_t i = 0; i < size; ++i) x.data()[i] += out.data()[i];
    }
  }

  const EncoderConfig& config_;
  const EncoderWeights& weights_;
  const EncoderAdapter* adapter_;  // or null
  const EncoderProbe& probe_;
  std::vector<Group> groups_;
  Scratch scratch_;
  Matrix global_angles_, local_angles_;
};

}  // namespace

Encoder::Encoder(EncoderConfig config, EncoderPrecision precision)
    : config_(std::move(config)),
      weights_(std::make_shared<const EncoderWeights>(read_encoder_weights(config_, precision))) {
  if (const auto own = adapter_of_model(config_.folder); !own.empty()) *this = with_adapter(own);
}

Encoder Encoder::with_adapter(const std::filesystem::path& folder) const {
  Encoder out = *this;
  if (adapter_ != nullptr) out.config_.positions += static_cast<int>(adapter_->prompt.rows());
  out.adapter_ = std::make_shared<const EncoderAdapter>(read_encoder_adapter(folder, out.config_));
  out.config_.positions -= static_cast<int>(out.adapter_->prompt.rows());
  return out;
}

PackedTokens Encoder::with_virtual_tokens(const PackedTokens& tokens) const {
  const auto count = adapter_ == nullptr ? 0 : static_cast<std::int32_t>(adapter_->prompt.rows());
  if (count == 0) return tokens;
  PackedTokens out;
  const auto copy = [&](const std::vector<std::int32_t>& from, std::size_t b, std::vector<std::int32_t>& to) {
    if (!from.empty()) to.insert(to.end(), from.begin() + tokens.offsets[b], from.begin() + tokens.offsets[b + 1]);
  };
  for (std::size_t b = 0; b + 1 < tokens.offsets.size(); ++b) {
    for (std::int32_t t = 0; t < count; ++t) out.ids.push_back(config_.vocabulary + t);
    copy(tokens.ids, b, out.ids);
    if (!tokens.segments.empty()) out.segments.insert(out.segments.end(), count, 0);
    copy(tokens.segments, b, out.segments);
    out.offsets.push_back(static_cast<std::int32_t>(out.ids.size()));
  }
  return out;
}

Matrix Encoder::states(const PackedTokens& tokens, const EncoderProbe& probe) const {
  const auto rows = static_cast<std::int64_t>(tokens.ids.size());
  Matrix states(rows, config_.embedding);
  nn::embed(tokens.ids, tokens.segments, tokens.offsets,
            {weights_->words, weights_->positions, weights_->types, config_.padding,
             adapter_ == nullptr ? ConstMatrixView() : adapter_->prompt.view()},
            states.view());
  nn::layer_norm(states.view(), weights_->embedding_norm.gain, weights_->embedding_norm.shift, config_.epsilon);
  if (config_.embedding != config_.hidden) {
    Matrix wide(rows, config_.hidden);
    weights_->projection.apply(states, wide.view());
    states = std::move(wide);
  }
  Pass(config_, *weights_, adapter_.get(), tokens.offsets, probe).run(states);
  if (!weights_->final_norm.gain.empty())
    nn::layer_norm(states.view(), weights_->final_norm.gain, weights_->final_norm.shift, config_.epsilon);
  return states;
}

}  // namespace genre
