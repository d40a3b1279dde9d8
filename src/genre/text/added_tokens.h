// Tokens that are cut out of a text before anything else happens to it: special tokens and tokens added after training.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "genre/text/token_trie.h"
#include "genre/text/traced_text.h"

namespace genre {

// The keys of "added_tokens" in tokenizer.json.
struct AddedToken {
  std::string content;
  std::int32_t id = 0;
  bool special = false;      // stays text in untrusted text, and is left out of decoded text
  bool left_strip = false;   // takes the white space before it along
  bool right_strip = false;  // and that behind it
  bool normalized = false;   // is looked for in the normalised text
};

// Immutable, so shareable between threads.
class AddedTokens {
 public:
  explicit AddedTokens(std::vector<AddedToken> tokens);

  struct Part {
    Span span;
    std::int32_t id;  // kText: no token
  };
  static constexpr std::int32_t kText = -1;
  // The first token at or behind `from`, at every place the longest; an empty span at the end and kText where there is
  // none. With `plain` special tokens stay text.
  Part find(std::string_view text, std::size_t from, bool plain) const;
  // The text in parts from left to right; text parts are not empty.
  std::vector<Part> cut(std::string_view text, bool plain) const;
  bool empty() const { return tokens_.empty(); }

 private:
  std::vector<AddedToken> tokens_;
  TokenTrie trie_;  // to places in tokens_
  std::array<bool, 256> first_bytes_{};
  int only_first_byte_ = -1;  // where all tokens begin with one byte
};

}  // namespace genre
