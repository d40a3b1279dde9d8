// Text to token ids, equal to the reference tokenizers of Hugging Face.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace genre {

class Tokenizer {
 public:
  virtual ~Tokenizer() = default;
  // Token ids of one text with the model's special tokens around it ([CLS] ... [SEP]), truncated to maximum_tokens
  // (special tokens included) when that is above 0. Invalid UTF-8 is read as U+FFFD. Thread-safe.
  virtual std::vector<std::int32_t> encode(std::string_view text, int maximum_tokens) const = 0;
  virtual std::int32_t vocabulary_size() const = 0;
};

// Reads tokenizer.json or vocab.txt of a model folder. Throws Error(kNotFound) or Error(kData).
std::unique_ptr<Tokenizer> load_tokenizer(const std::filesystem::path& model_folder);

}  // namespace genre
