#include "genre/lm/decoder_pass.h"

#include <algorithm>
#include <vector>

#include "genre/base/interrupt.h"
#include "genre/base/thread_pool.h"
#include "genre/nn/blocks.h"
#include "genre/nn/causal_attention.h"
#include "genre/nn/gated_activation.h"
#include "genre/nn/layer_norm.h"
#include "genre/nn/rms_norm.h"
#include "genre/nn/rotary.h"

namespace genre {
namespace {

constexpr std::int64_t kRowGrain = 16;    // rows that one task normalises, turns or activates
constexpr std::int64_t kQueryGrain = 64;  // rows of attention in one task

// Where the tokens of a piece lie in the pass and in their sequence.
struct Placed {
  KvCache* cache;
  std::span<const float* const> pages;
  std::int64_t row, count;
  std::int32_t first;  // position
};

// Rows [begin, end) of one key-value head of one piece.
struct AttentionTask {
  const Placed* piece;
  std::int64_t head, begin, end;
};

class Pass {
 public:
  Pass(const DecoderConfig& config, const DecoderWeights& weights, const DecoderVariation& variation,
       std::span<const DecoderPiece> pieces)
      : config_(config),
        weights_(weights),
        variation_(variation),
        size_(config.head_size),
        group_(config.heads / config.key_value_heads) {
    for (const DecoderPiece& piece : pieces) {
      const auto count = static_cast<int>(piece.ids.size());
      pieces_.push_back({piece.cache, piece.cache->reserve(count), rows_, count, piece.cache->next()});
      rows_ += count;
    }
    for (const Placed& piece : pieces_)
      for (std::int64_t t = 0; t < piece.count; ++t) {
        piece_of_.push_back(&piece);
        positions_.push_back(piece.first + static_cast<std::int32_t>(t));
      }
    // A lone token has few heads: smaller tasks share them out evenly.
    const std::int64_t even = rows_ * config.heads / (4 * std::int64_t{global_pool().threads()});
    const std::int64_t grain = std::clamp<std::int64_t>(even, 1, kQueryGrain);
    for (const Placed& piece : pieces_)
      for (std::int64_t head = 0; head < config.key_value_heads; ++head)
        for (std::int64_t begin = 0; begin < piece.count * group_; begin += grain)
          tasks_.push_back({&piece, head, begin, std::min(begin + grain, piece.count * group_)});
    if (!config.rope_frequencies.empty()) {
      angles_ = Matrix(rows_, size_);
      nn::rotary_angles(positions_, config.rope_frequencies, angles_.view());
    }
    states_ = Matrix(rows_, config.width);
    normed_ = Matrix(rows_, config.width);
    query_key_value_ = Matrix(rows_, (config.heads + 2 * config.key_value_heads) * size_);
    attended_ = Matrix(rows_, config.heads * size_);
    inner_ = Matrix(rows_, (config.gpt2() ? 1 : 2) * std::int64_t{config.intermediate});
  }

  Matrix run(std::span<const DecoderPiece> pieces) {
    embed(pieces);
    for (int l = 0; l < config_.layers; ++l) {
      if (!variation_.left_out.empty() && variation_.left_out[l]) continue;
      throw_if_interrupted();
      attention(l, weights_.layers[l]);
      feed_forward(l, weights_.layers[l]);
    }
    return std::move(states_);
  }

 private:
  const DecoderAdapter::Layer* adapter(int number) const {
    return variation_.adapter == nullptr ? nullptr : &variation_.adapter->layers[number];
  }

  void for_rows(const auto& use) const {
    global_pool().parallel_for(static_cast<std::size_t>(rows_), kRowGrain,
                               [&](std::size_t begin, std::size_t end, int) {
                                 for (std::size_t t = begin; t < end; ++t) use(static_cast<std::int64_t>(t));
                               });
  }

  void normalise(const DecoderNorm& norm) {
    global_pool().parallel_for(
        static_cast<std::size_t>(rows_), kRowGrain, [&](std::size_t begin, std::size_t end, int) {
          const auto first = static_cast<std::int64_t>(begin), rows = static_cast<std::int64_t>(end - begin);
          apply_norm(config_, norm, {states_.row(first).data(), rows, config_.width},
                     {normed_.row(first).data(), rows, config_.width});
        });
  }

  void embed(std::span<const DecoderPiece> pieces) {
    const StoredTensor& tokens = weights_.tokens;
    const std::size_t row_bytes = tokens.bytes.size() / static_cast<std::size_t>(config_.vocabulary);
    std::int64_t t = 0;
    for (const DecoderPiece& piece : pieces) {
      const std::int64_t first = t;
      for (const std::int32_t id : piece.ids) {
        const auto to = states_.row(t);
        if (piece.embeddings != nullptr)
          std::ranges::copy(piece.embeddings->row(t - first), to.begin());
        else
          nn::dequantise(tokens.format, tokens.bytes.subspan(static_cast<std::size_t>(id) * row_bytes, row_bytes), to);
        if (config_.gpt2()) {
          const auto position = weights_.positions.row(positions_[t]);
          for (std::size_t d = 0; d < to.size(); ++d) to[d] += position[d];
        }
        ++t;
      }
    }
  }

  void attention(int number, const DecoderLayer& layer) {
    const auto* const more = adapter(number);
    normalise(layer.attention_norm);
    layer.query_key_value.apply(normed_.data(), rows_, config_.width, query_key_value_.data(), query_key_value_.cols());
    if (more != nullptr)
      more->query_key_value.add(normed_.data(), rows_, config_.width, query_key_value_.data(), query_key_value_.cols());
    for_rows([&](std::int64_t t) { place(number, layer, t); });
    global_pool().parallel_for(tasks_.size(), 1, [&](std::size_t begin, std::size_t end, int) {
      for (std::size_t i = begin; i < end; ++i) attend(number, tasks_[i]);
    });
    add_block(more == nullptr ? nullptr : &more->after_attention, [&](float* to) {
      layer.attention_output.add(attended_.data(), rows_, attended_.cols(), to, config_.width);
      if (more != nullptr) more->attention_output.add(attended_.data(), rows_, attended_.cols(), to, config_.width);
    });
  }

  // The states get what a block gives, through the bottleneck behind it, or null. add(to): to += what it gives.
  void add_block(const Bottleneck* bottleneck, const auto& add) {
    if (bottleneck == nullptr || bottleneck->empty()) return add(states_.data());
    if (variation_.adapter->reads_sum) {
      add(states_.data());
      bottleneck->add(states_, states_.view());
      return;
    }
    std::fill_n(normed_.data(), rows_ * config_.width, 0.0F);  // the block has read it
    add(normed_.data());
    bottleneck->add(normed_, normed_.view());
    for_rows([&](std::int64_t t) {
      for (std::int64_t d = 0; d < config_.width; ++d) states_.row(t)[d] += normed_.row(t)[d];
    });
  }

  // Queries and keys of one token get their norms and turns; keys and values go to the cache.
  void place(int number, const DecoderLayer& layer, std::int64_t t) {
    const std::int64_t heads = config_.heads, shared = config_.key_value_heads;
    float* const queries = query_key_value_.row(t).data();
    float* const keys = queries + heads * size_;
    const float* const values = keys + shared * size_;
    if (config_.head_norms) {
      nn::rms_norm({queries, heads, size_}, layer.query_norm, config_.epsilon, {queries, heads, size_});
      nn::rms_norm({keys, shared, size_}, layer.key_norm, config_.epsilon, {keys, shared, size_});
    }
    if (!angles_.empty()) nn::rotate(queries, heads + shared, angles_.row(t));  // keys adjoin queries
    const Placed& piece = *piece_of_[t];
    float* const page = piece.cache->page(positions_[t]);
    for (std::int64_t h = 0; h < shared; ++h)
      nn::write_cache(keys + h * size_, values + h * size_, size_, positions_[t] % nn::kCachePage,
                      page + piece.cache->offset(number, static_cast<int>(h)));
  }

  void attend(int number, const AttentionTask& task) {
    const Placed& piece = *task.piece;
    const std::int64_t first_head = task.head * group_ * size_;
    nn::causal_attention({.pages = piece.pages,
                          .offset = piece.cache->offset(number, static_cast<int>(task.head)),
                          .size = size_,
                          .group = group_,
                          .first = piece.first,
                          .queries = query_key_value_.row(piece.row).data() + first_head,
                          .query_stride = query_key_value_.cols(),
                          .out = attended_.row(piece.row).data() + first_head,
                          .out_stride = attended_.cols()},
                         task.begin, task.end);
  }

  void feed_forward(int number, const DecoderLayer& layer) {
    const std::int64_t width = config_.intermediate;
    const auto* const more = adapter(number);
    normalise(layer.feed_forward_norm);
    layer.inner.apply(normed_.data(), rows_, config_.width, inner_.data(), inner_.cols());
    if (more != nullptr) more->inner.add(normed_.data(), rows_, config_.width, inner_.data(), inner_.cols());
    for_rows([&](std::int64_t t) {
      float* const row = inner_.row(t).data();
      if (config_.gpt2())
        nn::activate(Activation::kGeluTanh, row, width);
      else
        nn::activate_gate(Activation::kSilu, row, row + width, width);
    });
    add_block(more == nullptr ? nullptr : &more->after_feed_forward, [&](float* to) {
      layer.outer.add(inner_.data(), rows_, inner_.cols(), to, config_.width);
      if (more != nullptr) more->outer.add(inner_.data(), rows_, inner_.cols(), to, config_.width);
    });
  }

  const DecoderConfig& config_;
  const DecoderWeights& weights_;
  const DecoderVariation& variation_;
  std::int64_t size_, group_, rows_ = 0;
  std::vector<Placed> pieces_;
  std::vector<const Placed*> piece_of_;  // of each row
  std::vector<std::int32_t> positions_;  // of each row
  std::vector<AttentionTask> tasks_;
  Matrix angles_, states_, normed_, query_key_value_, attended_, inner_;
};

}  // namespace

Matrix decoder_pass(const DecoderConfig& config, const DecoderWeights& weights, const DecoderVariation& variation,
                    std::span<const DecoderPiece> pieces) {
  return Pass(config, weights, variation, pieces).run(pieces);
}

void apply_norm(const DecoderConfig& config, const DecoderNorm& norm, ConstMatrixView x, MatrixView out) {
  if (!config.gpt2()) return nn::rms_norm(x, norm.gain, config.epsilon, out);
  if (out.data() != x.data()) std::copy_n(x.data(), x.rows() * x.cols(), out.data());
  nn::layer_norm(out, norm.gain, norm.shift, config.epsilon);
}

}  // namespace genre
