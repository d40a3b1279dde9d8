// The patterns by which byte-level BPE cuts a text before merging, written out as scanners.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace genre {

// kGpt2:   's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
// kLlama3: (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|
// ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+ kQwen2:  the same with \p{N} in place of \p{N}{1,3}
enum class SplitPattern { kGpt2, kLlama3, kQwen2 };

// The pattern that a tokenizer.json spells out, or none where it is another.
std::optional<SplitPattern> split_pattern(std::string_view expression);

// The end of the piece that starts at `begin` < text.size(). Pieces cover every text. `text` is well-formed UTF-8.
std::size_t piece_end(SplitPattern pattern, std::string_view text, std::size_t begin);

}  // namespace genre
