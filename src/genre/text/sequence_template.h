// What a model wants around one text and around a pair of texts.
#pragma once

#include <cstdint>
#include <vector>

#include "genre/text/tokenizer.h"

namespace genre {

struct TemplatePart {
  enum class Kind { kToken, kFirst, kSecond } kind = Kind::kToken;
  std::int32_t id = 0;       // of a token
  std::int32_t segment = 0;  // 0 or 1
};

// Immutable, so shareable between threads.
class SequenceTemplate {
 public:
  SequenceTemplate() = default;  // a text stands alone, and there are no pairs
  // `single` holds the first text once; `pair`, unless empty, both texts once, the first before the second. Throws
  // Error(kData) otherwise.
  SequenceTemplate(const std::vector<TemplatePart>& single, std::vector<TemplatePart> pair);

  // The tokens before and behind one text.
  const std::vector<std::int32_t>& before() const { return before_; }
  const std::vector<std::int32_t>& behind() const { return behind_; }
  // How many tokens of one text fit; maximum_tokens as in Tokenizer::encode.
  std::size_t room(int maximum_tokens) const;

  // Throws Error(kConfig) where there is no form for pairs.
  TokenSequence join(std::vector<std::int32_t> first, std::vector<std::int32_t> second, int maximum_tokens) const;

 private:
  std::vector<std::int32_t> before_, behind_;
  std::vector<TemplatePart> pair_;
};

}  // namespace genre
