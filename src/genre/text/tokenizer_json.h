// tokenizer.json, the format of Hugging Face tokenizers.
#pragma once

#include <memory>
#include <string_view>

#include "genre/text/tokenizer.h"

namespace genre {

// WordPiece and byte-level BPE with the parts that docs/language-model.md lists; truncation and padding of the file are
// left to the caller. Throws Error(kData) that names what is damaged or not supported, without the file.
std::unique_ptr<Tokenizer> tokenizer_from_json(std::string_view json);

}  // namespace genre
