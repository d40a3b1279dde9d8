#include "genre/lm/text_encoder.h"

#include <algorithm>
#include <mutex>

#include "genre/base/error.h"
#include "genre/base/interrupt.h"
#include "genre/base/sha256.h"
#include "genre/base/thread_pool.h"
#include "genre/lm/batch_plan.h"
#include "genre/lm/bert_encoder.h"
#include "genre/lm/digest_cache.h"
#include "genre/text/tokenizer.h"

namespace genre {
namespace fs = std::filesystem;
namespace {

constexpr std::int64_t kBatchTokens = 1024;
constexpr std::size_t kTokenizeGrain = 256;

int token_limit(const BertConfig& config, const LmOptions& options) {
  if (options.maximum_tokens == 0) return config.maximum_tokens;
  if (options.maximum_tokens < 3 || options.maximum_tokens > config.positions)
    throw Error(ErrorCode::kConfig,
                "maximum_tokens is " + std::to_string(options.maximum_tokens) + ", the model takes 3 to " +
                    std::to_string(config.positions),
                "", {.key = "lm.maximum_tokens"});
  return options.maximum_tokens;
}

// Files of the tokenizer and the weights as load_tokenizer and BertEncoder read them.
std::vector<fs::path> identity_files(const BertConfig& config) {
  std::vector<fs::path> files = config.files;
  files.push_back(config.transformer_folder / "model.safetensors");
  const bool whole = fs::exists(config.transformer_folder / "tokenizer.json");
  for (const char* const name : {"tokenizer.json", "vocab.txt", "tokenizer_config.json"}) {
    const fs::path path = config.transformer_folder / name;
    if ((name == std::string_view("tokenizer.json")) == whole && fs::exists(path)) files.push_back(path);
  }
  return files;
}

std::string identity(const fs::path& model_folder, const BertConfig& config, const LmOptions& options) {
  constexpr const char* kArithmetic = "genre text encoder 1";  // counts up when the same files give other vectors
  Sha256 digest;
  digest.update(kArithmetic);
  for (const fs::path& path : identity_files(config))
    digest.update("\n" + path.lexically_relative(model_folder).generic_string() + " " + remembered_sha256(path));
  digest.update("\n" + options.precision + " " + std::to_string(token_limit(config, options)));
  return digest.hex();
}

}  // namespace

EncoderIdentity identify_encoder(const fs::path& model_folder, const LmOptions& options) {
  encoder_precision(options.precision);
  const BertConfig config = read_bert_config(model_folder);
  return {identity(model_folder, config, options), config.hidden};
}

struct TextEncoder::Model {
  Model(const fs::path& folder, const BertConfig& config, const LmOptions& options)
      : tokenizer(load_tokenizer(config.transformer_folder)),
        encoder(config, encoder_precision(options.precision)),
        maximum_tokens(token_limit(config, options)),
        id(identity(folder, config, options)) {
    if (tokenizer->vocabulary_size() > config.vocabulary)
      throw Error(ErrorCode::kData,
                  "the tokenizer has " + std::to_string(tokenizer->vocabulary_size()) + " tokens, the model " +
                      std::to_string(config.vocabulary),
                  "fetch the model again", {.file = config.transformer_folder.string()});
  }

  std::vector<std::vector<std::int32_t>> tokenize(std::span<const std::string> texts) const {
    std::vector<std::vector<std::int32_t>> ids(texts.size());
    global_pool().parallel_for(texts.size(), kTokenizeGrain, [&](std::size_t begin, std::size_t end, int) {
      for (std::size_t i = begin; i < end; ++i) ids[i] = tokenizer->encode(texts[i], maximum_tokens);
    });
    return ids;
  }

  std::unique_ptr<Tokenizer> tokenizer;
  BertEncoder encoder;
  int maximum_tokens;
  std::string id;
};

TextEncoder::TextEncoder(const fs::path& model_folder, const LmOptions& options) {
  model_ = std::make_unique<Model>(model_folder, read_bert_config(model_folder), options);
}

TextEncoder::~TextEncoder() = default;
TextEncoder::TextEncoder(TextEncoder&&) noexcept = default;

int TextEncoder::dimension() const { return model_->encoder.config().hidden; }
const std::string& TextEncoder::id() const { return model_->id; }

Matrix TextEncoder::encode(std::span<const std::string> texts,
                           const std::function<void(std::int64_t)>& progress) const {
  const auto ids = model_->tokenize(texts);
  std::vector<std::int32_t> lengths;
  lengths.reserve(ids.size());
  for (const auto& tokens : ids) lengths.push_back(static_cast<std::int32_t>(tokens.size()));
  const BatchPlan plan = plan_batches(lengths, kBatchTokens, global_pool().threads());

  Matrix out(static_cast<std::int64_t>(texts.size()), dimension());
  std::mutex progress_mutex;
  const auto encode_batch = [&](std::size_t b) {
    throw_if_interrupted();
    const std::span<const std::int32_t> members(plan.order.data() + plan.starts[b],
                                                static_cast<std::size_t>(plan.starts[b + 1] - plan.starts[b]));
    std::vector<std::int32_t> packed, offsets = {0};
    for (const std::int32_t text : members) {
      packed.insert(packed.end(), ids[text].begin(), ids[text].end());
      offsets.push_back(static_cast<std::int32_t>(packed.size()));
    }
    Matrix vectors(static_cast<std::int64_t>(members.size()), dimension());
    model_->encoder.encode(packed, offsets, vectors.view());
    for (std::size_t i = 0; i < members.size(); ++i)
      std::ranges::copy(vectors.row(static_cast<std::int64_t>(i)), out.row(members[i]).begin());
    if (!progress) return;
    const std::lock_guard lock(progress_mutex);
    progress(static_cast<std::int64_t>(members.size()));
  };
  // A lone batch is run outside the pool's loop, so that its products use all threads.
  if (plan.batches() == 1) {
    encode_batch(0);
  } else {
    global_pool().parallel_for(plan.batches(), 1, [&](std::size_t begin, std::size_t end, int) {
      for (std::size_t b = begin; b < end; ++b) encode_batch(b);
    });
  }
  return out;
}

std::vector<float> TextEncoder::encode_one(const std::string& text) const {
  const Matrix out = encode({&text, 1});
  return {out.row(0).begin(), out.row(0).end()};
}

std::vector<std::int32_t> TextEncoder::count_tokens(std::span<const std::string> texts) const {
  std::vector<std::int32_t> out;
  for (const auto& tokens : model_->tokenize(texts)) out.push_back(static_cast<std::int32_t>(tokens.size()));
  return out;
}

}  // namespace genre
