// Text to token ids and back, equal to the reference tokenizers of Hugging Face.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace genre {

// What an encoder reads: ids, and the segment of each (0: first text, 1: second text of a pair).
struct TokenSequence {
  std::vector<std::int32_t> ids;
  std::vector<std::int32_t> segments;
};

// Bytes [begin, end) of the text that a token stands for.
struct TokenOffset {
  std::size_t begin = 0, end = 0;
};

// Immutable, so shareable between threads. Invalid UTF-8 is read as U+FFFD.
class Tokenizer {
 public:
  virtual ~Tokenizer() = default;

  // Token ids of one text with the model's special tokens around it ([CLS] ... [SEP]), truncated to maximum_tokens
  // (special tokens included) when that is above 0. Special tokens that the text spells out become those tokens, as in
  // the reference.
  virtual std::vector<std::int32_t> encode(std::string_view text, int maximum_tokens) const = 0;

  // Ids of untrusted text: nothing is added, and what looks like a special token stays text.
  virtual std::vector<std::int32_t> encode_plain(std::string_view text) const = 0;

  // Two texts as one sequence ([CLS] a [SEP] b [SEP]), the longer one truncated first. Throws Error(kConfig) where the
  // model has no form for pairs.
  virtual TokenSequence encode_pair(std::string_view first, std::string_view second, int maximum_tokens) const = 0;

  // Offsets of the tokens of encode(text, maximum_tokens), as the reference gives them; a special token that was added
  // has {0, 0}.
  virtual std::vector<TokenOffset> offsets(std::string_view text, int maximum_tokens) const = 0;

  // The text of tokens, always well-formed: what the tokens leave incomplete becomes U+FFFD (TokenStream of
  // token_stream.h holds such ends back). Special tokens are left out unless they are to be kept; ids outside the
  // vocabulary, which a model with padded logits may give, have no text.
  enum class Special { kOmit, kKeep };
  virtual std::string decode(std::span<const std::int32_t> ids, Special special = Special::kOmit) const = 0;
  // The bytes that a token adds in the middle of a text; empty for special tokens and ids outside the vocabulary.
  virtual std::string_view bytes(std::int32_t id) const = 0;

  virtual std::int32_t vocabulary_size() const = 0;  // one more than the greatest id
  // The id of a token by its exact spelling in the vocabulary, special tokens included.
  virtual std::optional<std::int32_t> find(std::string_view token) const = 0;
  virtual bool is_special(std::int32_t id) const = 0;
};

// The tokenizer.json, vocab.txt or .gguf of a folder, or a .gguf file. Throws Error(kNotFound) or Error(kData).
std::unique_ptr<Tokenizer> load_tokenizer(const std::filesystem::path& model_folder);

}  // namespace genre
