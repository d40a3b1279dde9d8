// Text of tokens that arrive one by one, always whole characters.
#pragma once

#include <string>

#include "genre/text/tokenizer.h"

namespace genre {

class TokenStream {
 public:
  explicit TokenStream(const Tokenizer& tokenizer) : tokenizer_(tokenizer) {}
  // The characters that this token completes; bytes of an incomplete one are held back.
  std::string push(std::int32_t id);
  // What was held back, each maximal ill-formed part as U+FFFD.
  std::string finish();

 private:
  const Tokenizer& tokenizer_;
  std::string held_;
};

}  // namespace genre
