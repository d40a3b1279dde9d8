// SentencePiece's compiled normalisation rules: what a character, or a few together, become.
#pragma once

#include <memory>
#include <string>

#include "genre/text/text_normalizer.h"

namespace genre {

// `rules` is `precompiled_charsmap` as bytes: the size of a double-array trie (u32, little-endian), the trie, and texts
// that end in NUL. Works on grapheme clusters as Hugging Face tokenizers does. Throws Error(kData) where it is damaged.
std::unique_ptr<const TextNormalizer> make_precompiled_charsmap(const std::string& rules);

}  // namespace genre
