// The stages around the model in tokenizer.json: normalizer, pre_tokenizer, post_processor, decoder.
#pragma once

#include <string>
#include <string_view>

#include "genre/text/subword_tokenizer.h"

namespace genre {

// How the tokens of a vocabulary are spelled.
enum class TokenAlphabet { kBytes, kCharacters };

// Fills in all of `parts` but vocabulary, added tokens and model, which are there already (the model excepted). `json`
// is the file without its model. Throws Error(kData) that names a stage that is not supported, and JSON's own
// exceptions.
TokenAlphabet read_stages(std::string_view json, SubwordParts& parts);

// Fills in `bytes` and, where the decoder joins byte tokens, `is_byte`.
void spell_tokens(TokenAlphabet alphabet, bool joins_bytes, SubwordParts& parts);

// The special tokens around texts, from one post-processor.
SequenceTemplate read_template(std::string_view post_processor, const Vocabulary& vocabulary);

// Throws Error(kData): what was found where, and what is supported.
[[noreturn]] void refuse_kind(const std::string& what, const std::string& found, const std::string& supported);

}  // namespace genre
