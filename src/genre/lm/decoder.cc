#include "genre/lm/decoder.h"

#include <algorithm>
#include <cassert>
#include <optional>
#include <vector>

#include "genre/base/error.h"
#include "genre/base/thread_pool.h"
#include "genre/lm/adapter_folder.h"
#include "genre/lm/decoder_pass.h"
#include "genre/lm/decoder_weights.h"
#include "genre/lm/tensor_source.h"
#include "genre/lm/virtual_tokens.h"
#include "genre/nn/causal_attention.h"
#include "genre/text/tokenizer_gguf.h"

namespace genre {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kPassTokens = 512;  // bounds the memory of a pass

void check(const DecoderConfig& config, std::span<const DecoderSlice> batch) {
  for (std::size_t s = 0; s < batch.size(); ++s) {
    const DecoderSlice& slice = batch[s];
    assert(slice.logits >= 0 && static_cast<std::size_t>(slice.logits) <= slice.ids.size());
    for (std::size_t other = 0; other < s; ++other) assert(batch[other].cache != slice.cache);
    for (const std::int32_t id : slice.ids)
      if (id < 0 || id >= config.vocabulary)
        throw Error(ErrorCode::kData,
                    "token id " + std::to_string(id) + " is outside [0, " + std::to_string(config.vocabulary) + ")");
    const std::size_t length = static_cast<std::size_t>(slice.cache->length()) + slice.ids.size();
    if (length > static_cast<std::size_t>(config.positions))
      throw Error(ErrorCode::kResources,
                  "a sequence of " + std::to_string(length) + " tokens, the model reads at most " +
                      std::to_string(config.positions),
                  "shorten the text or choose a model for longer ones");
  }
}

// Forgets what a pass that failed has appended.
class Rollback {
 public:
  explicit Rollback(std::span<const DecoderSlice> batch) : batch_(batch) {
    for (const DecoderSlice& slice : batch) lengths_.push_back(slice.cache->length());
  }
  ~Rollback() {
    if (done_) return;
    for (std::size_t s = 0; s < batch_.size(); ++s) batch_[s].cache->truncate(lengths_[s]);
  }
  void dismiss() { done_ = true; }

 private:
  std::span<const DecoderSlice> batch_;
  std::vector<int> lengths_;
  bool done_ = false;
};

// Cuts a batch into passes of at most kPassTokens tokens: a slice that does not fit goes on in the next one.
struct Cut {
  std::vector<DecoderPiece> pieces;
  std::vector<std::int64_t> wanted;  // rows of the pass
};

std::vector<Cut> cut(std::span<const DecoderSlice> batch) {
  std::vector<Cut> out;
  std::size_t rows = kPassTokens;
  for (const DecoderSlice& slice : batch) {
    const std::size_t first_wanted = slice.ids.size() - static_cast<std::size_t>(slice.logits);
    for (std::size_t begin = 0; begin < slice.ids.size();) {
      if (rows == kPassTokens) {
        out.emplace_back();
        rows = 0;
      }
      const std::size_t end = std::min(slice.ids.size(), begin + kPassTokens - rows);
      out.back().pieces.push_back({slice.cache, slice.ids.subspan(begin, end - begin)});
      for (std::size_t t = std::max(begin, first_wanted); t < end; ++t)
        out.back().wanted.push_back(static_cast<std::int64_t>(rows + t - begin));
      rows += end - begin;
      begin = end;
    }
  }
  return out;
}

bool has_tokenizer(const fs::path& folder) {
  std::error_code error;
  return fs::exists(folder / "tokenizer.json", error) || fs::exists(folder / "vocab.txt", error);
}

// What the tokenizer puts before every text.
std::int32_t begin_token(const Tokenizer& tokenizer, const DecoderConfig& config, const fs::path& path) {
  if (tokenizer.vocabulary_size() > config.vocabulary)
    throw Error(ErrorCode::kData,
                "the tokenizer has " + std::to_string(tokenizer.vocabulary_size()) + " tokens, the model " +
                    std::to_string(config.vocabulary),
                "fetch the model again", {.file = path.string()});
  const auto empty = tokenizer.encode("", /*maximum_tokens=*/0);
  return empty.empty() ? -1 : empty.front();
}

}  // namespace

struct Decoder::Model {
  DecoderConfig config;
  std::shared_ptr<const DecoderWeights> weights;
  std::shared_ptr<const Tokenizer> tokenizer;
  fs::path folder;
  DecoderVariation variation;

  // Puts an adapter beside the weights in place of the one that is there.
  void set_adapter(const fs::path& path) {
    if (variation.begin) config.positions += variation.begin->next();
    variation.adapter.reset();
    variation.begin.reset();
    const AdapterKind kind = adapter_kind(path);
    if (kind == AdapterKind::kPrompt || kind == AdapterKind::kPrefix) {
      variation.begin = std::make_shared<const KvCache>(virtual_tokens(path, kind));
      config.positions -= variation.begin->next();
    } else {
      variation.adapter = std::make_shared<const DecoderAdapter>(read_decoder_adapter(path, config));
    }
  }

  KvCache virtual_tokens(const fs::path& path, AdapterKind kind) const {
    const bool prefix = kind == AdapterKind::kPrefix;
    const std::int64_t size = config.head_size, heads = config.key_value_heads;
    const Matrix rows = read_virtual_tokens(path, prefix ? 2 * config.layers * heads * size : config.width);
    const auto count = static_cast<int>(rows.rows());
    if (count >= config.positions)
      throw Error(ErrorCode::kData,
                  std::to_string(count) + " virtual tokens leave no room among " + std::to_string(config.positions),
                  "choose the model that the adapter was trained on", {.file = path.string()});
    KvCache cache(config);
    if (prefix) {
      cache.reserve(count);
      for (int t = 0; t < count; ++t)
        for (int l = 0; l < config.layers; ++l)
          for (int h = 0; h < heads; ++h) {
            const float* const key = rows.row(t).data() + (2 * l * heads + h) * size;
            nn::write_cache(key, key + heads * size, size, t % nn::kCachePage, cache.page(t) + cache.offset(l, h));
          }
    } else {
      const std::vector<std::int32_t> ids(rows.rows());
      const DecoderPiece piece{&cache, ids, &rows};
      decoder_pass(config, *weights, {.left_out = variation.left_out, .adapter = {}, .begin = {}}, {&piece, 1});
    }
    cache.extend(count);
    cache.hide();
    return cache;
  }

  // use(states of the wanted rows, normalised; how many came before them)
  void run(std::span<const DecoderSlice> batch, const auto& use) const {
    check(config, batch);
    const ThreadPool::Burst burst(global_pool());
    Rollback rollback(batch);
    std::int64_t before = 0;
    for (const Cut& part : cut(batch)) {
      const Matrix states = decoder_pass(config, *weights, variation, part.pieces);
      for (const DecoderPiece& piece : part.pieces) piece.cache->extend(static_cast<int>(piece.ids.size()));
      Matrix wanted(static_cast<std::int64_t>(part.wanted.size()), config.width);
      for (std::int64_t i = 0; i < wanted.rows(); ++i)
        std::ranges::copy(states.row(part.wanted[i]), wanted.row(i).begin());
      apply_norm(config, weights->norm, wanted, wanted.view());
      use(wanted, before);
      before += wanted.rows();
    }
    rollback.dismiss();
  }
};

Decoder::Decoder(const fs::path& folder_or_file, DecoderPrecision precision, const fs::path& adapter)
    : model_(std::make_unique<Model>()) {
  std::shared_ptr<const TensorSource> source = open_tensors(folder_or_file);
  const bool gguf = source->path().extension() == ".gguf";
  model_->folder = source->path().parent_path();
  if (gguf) {
    const GgufFile file(source->path());
    model_->config = read_decoder_config(file);
    if (file.text("tokenizer.ggml.model")) model_->tokenizer = load_tokenizer(file);
  } else {
    model_->config = read_decoder_config(model_->folder);
    if (has_tokenizer(model_->folder)) model_->tokenizer = load_tokenizer(model_->folder);
  }
  if (model_->tokenizer) model_->config.begin_token = begin_token(*model_->tokenizer, model_->config, source->path());
  std::optional<LoraAdapter> lora;
  if (!adapter.empty()) lora.emplace(adapter);
  model_->weights = std::make_shared<const DecoderWeights>(
      read_decoder_weights(std::move(source), model_->config, precision, lora ? &*lora : nullptr));
  if (gguf) return;
  if (const auto own = adapter_of_model(model_->folder); !own.empty()) model_->set_adapter(own);
}

Decoder::Decoder(std::unique_ptr<Model> model) : model_(std::move(model)) {}

Decoder::~Decoder() = default;
Decoder::Decoder(Decoder&&) noexcept = default;

Decoder Decoder::without_layers(std::vector<bool> left_out) const {
  assert(static_cast<int>(left_out.size()) == model_->config.layers);
  auto model = std::make_unique<Model>(*model_);
  model->variation.left_out = std::move(left_out);
  return Decoder(std::move(model));
}

Decoder Decoder::with_adapter(const fs::path& folder) const {
  auto model = std::make_unique<Model>(*model_);
  model->set_adapter(folder);
  return Decoder(std::move(model));
}

KvCache Decoder::new_cache() const {
  return model_->variation.begin ? KvCache(model_->variation.begin) : KvCache(model_->config);
}

const DecoderConfig& Decoder::config() const { return model_->config; }
std::size_t Decoder::adapter_bytes() const {
  const DecoderVariation& variation = model_->variation;
  return variation.begin ? variation.begin->bytes() : variation.adapter ? variation.adapter->bytes() : 0;
}
std::size_t Decoder::weight_bytes() const { return model_->weights->bytes(); }

const Tokenizer& Decoder::tokenizer() const {
  if (!model_->tokenizer)
    throw Error(ErrorCode::kNotFound, "the model has no tokenizer", "put tokenizer.json into the folder",
                {.file = model_->folder.string()});
  return *model_->tokenizer;
}

Matrix Decoder::forward(std::span<const DecoderSlice> batch) const {
  std::int64_t rows = 0;
  for (const DecoderSlice& slice : batch) rows += slice.logits;
  Matrix out(rows, model_->config.vocabulary);
  model_->run(batch, [&](const Matrix& states, std::int64_t before) {
    float* const logits = out.data() + before * out.cols();
    model_->weights->head.apply(states.data(), states.rows(), states.cols(), logits, out.cols());
    if (const auto& adapter = model_->variation.adapter)
      adapter->head.add(states.data(), states.rows(), states.cols(), logits, out.cols());
  });
  return out;
}

Matrix Decoder::states(std::span<const DecoderSlice> batch) const {
  std::int64_t rows = 0;
  for (const DecoderSlice& slice : batch) rows += slice.logits;
  Matrix out(rows, model_->config.width);
  model_->run(batch, [&](const Matrix& states, std::int64_t before) {
    std::ranges::copy(states.values(), out.data() + before * out.cols());
  });
  return out;
}

}  // namespace genre
