// UTF-8 and the character classes that tokenization distinguishes, as Hugging Face tokenizers defines them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace genre::unicode {

inline constexpr char32_t kReplacement = 0xFFFD;

// Reads one code point of [at, end), at < end, and moves `at` behind it. A maximal part of an ill-formed sequence is
// read as one U+FFFD (Unicode 15, section 3.9, "substitution of maximal subparts").
char32_t decode(const char*& at, const char* end);
void append(std::string& out, char32_t c);
// Code points of well-formed UTF-8.
std::size_t count(std::string_view text);
bool is_well_formed(std::string_view text);
// The text with each maximal ill-formed part as U+FFFD.
std::string well_formed(std::string_view text);

// Categories Cc, Cf and Co, NUL and U+FFFD: what cleaning removes. Tab, line feed and carriage return are not among
// them.
bool is_removed(char32_t c);
bool is_whitespace(char32_t c);   // the property White_Space
bool is_punctuation(char32_t c);  // ASCII symbols and the categories P*
bool is_cjk(char32_t c);
bool is_nonspacing_mark(char32_t c);
bool is_mark(char32_t c);    // nonspacing, spacing and enclosing
bool is_letter(char32_t c);  // \p{L} of the reference's patterns
bool is_number(char32_t c);  // \p{N}, likewise
bool is_digit(char32_t c);   // what the reference's Digits splits: \p{N} of a younger Unicode

// Where the white space that ends before `begin` begins, not before `first`; and where that which starts at `end` ends.
std::size_t spaces_begin(std::string_view text, std::size_t first, std::size_t begin);
std::size_t spaces_end(std::string_view text, std::size_t end);

// Canonical combining class; 0 for a starter.
int combining_class(char32_t c);
// Writes the full canonical decomposition of c to out and returns its length; out holds at least kMaxDecomposition.
inline constexpr int kMaxDecomposition = 18;
int decompose(char32_t c, char32_t* out);
// The same for the full compatibility decomposition.
int decompose_compatibly(char32_t c, char32_t* out);
// Whether a grapheme cluster may end between two neighbours; `state` is 0 at the beginning of a text.
bool is_grapheme_break(char32_t before, char32_t behind, int& state);
// The primary composite of two characters, or 0 where there is none.
char32_t compose(char32_t first, char32_t second);
// Simple lowercase of one code point, whatever its neighbours. U+0130 alone becomes two: see append_lowercase.
void append_lowercase(std::string& out, char32_t c);

}  // namespace genre::unicode
