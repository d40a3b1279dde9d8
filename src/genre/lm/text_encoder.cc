#include "genre/lm/text_encoder.h"

#include <algorithm>
#include <future>

#include "genre/base/error.h"
#include "genre/base/sha256.h"
#include "genre/base/thread_pool.h"
#include "genre/lm/adapter_folder.h"
#include "genre/lm/digest_cache.h"
#include "genre/lm/packed_batches.h"
#include "genre/text/tokenizer.h"

namespace genre {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kTokenizeGrain = 256;

int token_limit(const SentenceConfig& config, const LmOptions& options) {
  if (options.maximum_tokens == 0) return config.maximum_tokens;
  if (options.maximum_tokens < 3 || options.maximum_tokens > config.encoder.positions)
    throw Error(ErrorCode::kConfig,
                "maximum_tokens is " + std::to_string(options.maximum_tokens) + ", the model takes 3 to " +
                    std::to_string(config.encoder.positions),
                "", {.key = "lm.maximum_tokens"});
  return options.maximum_tokens;
}

// The files that open_tensors reads, or that it would ask for.
std::vector<fs::path> weight_files(const fs::path& folder) {
  if (folder.extension() == ".gguf") return {folder};
  const fs::path whole = folder / "model.safetensors";
  std::vector<fs::path> files;
  std::error_code error;
  if (!fs::exists(whole, error)) {
    for (const auto& entry : fs::directory_iterator(folder, error))
      if (entry.path().extension() == ".safetensors" || entry.path().extension() == ".gguf")
        files.push_back(entry.path());
    std::ranges::sort(files);
  }
  return files.empty() ? std::vector{whole} : files;
}

// Files of the tokenizer and the weights as load_tokenizer and Encoder read them.
std::vector<fs::path> identity_files(const SentenceConfig& config) {
  std::vector<fs::path> files = config.files;
  const fs::path& folder = config.encoder.folder;
  std::ranges::copy(weight_files(folder), std::back_inserter(files));
  const bool whole = fs::exists(folder / "tokenizer.json");
  for (const char* const name : {"tokenizer.json", "vocab.txt", "tokenizer_config.json"}) {
    const fs::path path = folder / name;
    if ((name == std::string_view("tokenizer.json")) == whole && fs::exists(path)) files.push_back(path);
  }
  return files;
}

std::string identity(const fs::path& model_folder, const SentenceConfig& config, const LmOptions& options) {
  constexpr const char* kArithmetic = "genre text encoder 3";  // counts up when the same files give other vectors
  Sha256 digest;
  digest.update(kArithmetic);
  for (const fs::path& path : identity_files(config))
    digest.update("\n" + path.lexically_relative(model_folder).generic_string() + " " + remembered_sha256(path));
  const fs::path adapter =
      options.adapter.empty() ? adapter_of_model(config.encoder.folder) : find_adapter(model_folder, options.adapter);
  if (!adapter.empty())
    for (const fs::path& file : adapter_files(adapter)) digest.update("\nadapter " + remembered_sha256(file));
  digest.update("\n" + options.precision + " " + std::to_string(token_limit(config, options)));
  for (const TextRole role : {TextRole::kItem, TextRole::kQuery}) {
    const std::string prompt = resolve_prompt(config, options, role);
    digest.update("\n" + std::to_string(prompt.size()) + " " + prompt);
  }
  return digest.hex();
}

}  // namespace

EncoderIdentity identify_encoder(const fs::path& model_folder, const LmOptions& options) {
  encoder_precision(options.precision);
  const SentenceConfig config = read_sentence_config(model_folder);
  return {identity(model_folder, config, options), config.dimension()};
}

struct TextEncoder::Model {
  // What is put before the texts of a role, and how many tokens of it pooling leaves out.
  struct Prompt {
    std::string words;
    std::int32_t skipped = 0;
  };

  Model(const fs::path& folder, SentenceConfig sentence, const LmOptions& options)
      : config(std::move(sentence)),
        reading_tokenizer(std::async(std::launch::async, [this] { return load_tokenizer(config.encoder.folder); })),
        encoder(make_encoder(folder, config.encoder, options)),
        tokenizer(reading_tokenizer.get()),
        maximum_tokens(std::min(token_limit(config, options), encoder.config().positions)),
        id(identity(folder, config, options)) {
    if (tokenizer->vocabulary_size() > config.encoder.vocabulary)
      throw Error(ErrorCode::kData,
                  "the tokenizer has " + std::to_string(tokenizer->vocabulary_size()) + " tokens, the model " +
                      std::to_string(config.encoder.vocabulary),
                  "fetch the model again", {.file = config.encoder.folder.string()});
    for (const DenseConfig& layer : config.dense) dense.push_back(read_dense(layer));
    for (const TextRole role : {TextRole::kItem, TextRole::kQuery})
      prompt(role) = make_prompt(resolve_prompt(config, options, role));
  }

  static Encoder make_encoder(const fs::path& folder, const EncoderConfig& config, const LmOptions& options) {
    Encoder base(config, encoder_precision(options.precision));
    return options.adapter.empty() ? base : base.with_adapter(find_adapter(folder, options.adapter));
  }

  static Linear read_dense(const DenseConfig& layer) {
    return WeightReader(*open_tensors(layer.folder), "", EncoderPrecision::kFp32)
        .linear({"linear"}, layer.outputs, layer.inputs,
                layer.bias ? WeightReader::Bias::kRead : WeightReader::Bias::kNone);
  }

  Prompt make_prompt(const std::string& words) const {
    if (words.empty()) return {};
    // The prompt alone, without the separator that ends every text.
    const auto length = static_cast<std::int32_t>(tokenizer->encode(words, 0).size()) - 1;
    if (length + 1 >= maximum_tokens)
      throw Error(ErrorCode::kConfig,
                  "a prompt of " + std::to_string(length) + " tokens leaves no room for text in " +
                      std::to_string(maximum_tokens),
                  "raise lm.maximum_tokens or choose another prompt");
    return {words, config.include_prompt ? 0 : length};
  }
  Prompt& prompt(TextRole role) { return prompts[role == TextRole::kQuery]; }
  const Prompt& prompt(TextRole role) const { return prompts[role == TextRole::kQuery]; }

  std::vector<std::vector<std::int32_t>> tokenize(std::span<const std::string> texts, TextRole role) const {
    std::vector<std::vector<std::int32_t>> ids(texts.size());
    const std::string& words = prompt(role).words;
    global_pool().parallel_for(texts.size(), kTokenizeGrain, [&](std::size_t begin, std::size_t end, int) {
      for (std::size_t i = begin; i < end; ++i)
        ids[i] = tokenizer->encode(words.empty() ? texts[i] : words + texts[i], maximum_tokens);
    });
    return ids;
  }

  Matrix vectors(const PackedTokens& texts, TextRole role) const {
    const PackedTokens tokens = encoder.with_virtual_tokens(texts);
    const auto count = static_cast<std::int64_t>(tokens.offsets.size()) - 1;
    Matrix out(count, config.encoder.hidden);
    nn::pool(config.pooling, encoder.states(tokens), tokens.offsets, prompt(role).skipped, out.view());
    for (std::size_t l = 0; l < dense.size(); ++l) {
      Matrix next(count, dense[l].outputs());
      dense[l].apply(out, next.view(), config.dense[l].activation);
      out = std::move(next);
    }
    if (config.normalise) nn::normalise_rows(out.view());
    return out;
  }

  SentenceConfig config;
  std::future<std::unique_ptr<Tokenizer>> reading_tokenizer;  // beside the weights, which take as long
  Encoder encoder;
  std::unique_ptr<Tokenizer> tokenizer;
  std::vector<Linear> dense;
  Prompt prompts[2];
  int maximum_tokens;
  std::string id;
};

TextEncoder::TextEncoder(const fs::path& model_folder, const LmOptions& options) {
  model_ = std::make_unique<Model>(model_folder, read_sentence_config(model_folder), options);
}

TextEncoder::~TextEncoder() = default;
TextEncoder::TextEncoder(TextEncoder&&) noexcept = default;

int TextEncoder::dimension() const { return model_->config.dimension(); }
const std::string& TextEncoder::id() const { return model_->id; }

Matrix TextEncoder::encode(std::span<const std::string> texts, TextRole role,
                           const std::function<void(std::int64_t)>& progress) const {
  Matrix out(static_cast<std::int64_t>(texts.size()), dimension());
  for_each_batch(
      model_->tokenize(texts, role), {},
      [&](std::span<const std::int32_t> members, const PackedTokens& tokens) {
        const Matrix vectors = model_->vectors(tokens, role);
        for (std::size_t i = 0; i < members.size(); ++i)
          std::ranges::copy(vectors.row(static_cast<std::int64_t>(i)), out.row(members[i]).begin());
      },
      progress);
  return out;
}

std::vector<float> TextEncoder::encode_one(const std::string& text, TextRole role) const {
  const Matrix out = encode({&text, 1}, role);
  return {out.row(0).begin(), out.row(0).end()};
}

std::vector<std::int32_t> TextEncoder::count_tokens(std::span<const std::string> texts, TextRole role) const {
  std::vector<std::int32_t> out;
  for (const auto& tokens : model_->tokenize(texts, role)) out.push_back(static_cast<std::int32_t>(tokens.size()));
  return out;
}

}  // namespace genre
