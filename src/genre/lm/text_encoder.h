// Texts to vectors with an encoder: tokenizer, transformer, prompts, pooling and what follows it as the model's own
// files say (sentence_config.h).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "genre/linalg/matrix.h"
#include "genre/lm/options.h"
#include "genre/lm/prompts.h"

namespace genre {

// What names the vectors of a model, without loading its weights.
struct EncoderIdentity {
  std::string id;  // TextEncoder::id() of the same arguments
  int dimension;
};
EncoderIdentity identify_encoder(const std::filesystem::path& model_folder, const LmOptions& options);

class TextEncoder {
 public:
  // Loads and validates the model folder. Throws Error(kNotFound) or Error(kData) naming file and fault.
  TextEncoder(const std::filesystem::path& model_folder, const LmOptions& options);
  ~TextEncoder();
  TextEncoder(TextEncoder&&) noexcept;

  int dimension() const;
  // Identity of the vectors: model weights and tokenizer digest, precision, token limit, prompts. Equal ids, equal
  // vectors.
  const std::string& id() const;

  // One row a text, unit length when the model normalises; the prompt of its role is put before each text. Texts are
  // sorted by length and packed without padding into batches on the global pool. A row has the same bits whatever the
  // other texts are.
  // Thread-safe, though concurrent calls share the pool. `progress` gets the number of texts done since its last call.
  Matrix encode(std::span<const std::string> texts, TextRole role = TextRole::kItem,
                const std::function<void(std::int64_t)>& progress = {}) const;
  std::vector<float> encode_one(const std::string& text, TextRole role = TextRole::kItem) const;

  // Token counts of the last stage, for reports: tokens of each text with prompt and special tokens, after
  // truncation.
  std::vector<std::int32_t> count_tokens(std::span<const std::string> texts, TextRole role = TextRole::kItem) const;

 private:
  struct Model;
  std::unique_ptr<Model> model_;
};

}  // namespace genre
