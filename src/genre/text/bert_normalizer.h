// Text cleaning of the BERT tokenizers: controls out, spaces around CJK, accents off, lower case.
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace genre {

// The keys of "normalizer" in tokenizer.json.
struct BertNormalizerOptions {
  bool clean_text = true;
  bool handle_chinese_chars = true;
  bool strip_accents = true;
  bool lowercase = true;
};

// Equal to BertNormalizer of Hugging Face tokenizers. Immutable, so shareable between threads.
class BertNormalizer {
 public:
  explicit BertNormalizer(const BertNormalizerOptions& options);
  // Appends the normalised text, always well-formed UTF-8.
  void append(std::string& out, std::string_view text) const;

 private:
  const char* append_other(std::string& out, const char* at, const char* end) const;

  BertNormalizerOptions options_;
  std::array<unsigned char, 128> ascii_;  // the byte to write, or kRemoved
};

}  // namespace genre
