// Regular expressions of JSON schemas: the part of ECMA-262 that describes regular languages.
#pragma once

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace genre {

// Code points as ascending ranges, both ends included, that neither overlap nor touch.
using CodePoints = std::vector<std::pair<char32_t, char32_t>>;
inline constexpr char32_t kLastCodePoint = 0x10FFFF;
CodePoints every_code_point();

// Texts of code points, as a tree.
struct RegularExpression {
  enum class Kind { kCharacters, kSequence, kChoice, kRepetition };
  Kind kind = Kind::kSequence;  // without parts: the empty text
  CodePoints characters;        // of kCharacters: one of them
  std::vector<RegularExpression> parts;
  std::size_t least = 0;            // of kRepetition, which has one part
  std::optional<std::size_t> most;  // none: without end
};
RegularExpression repetition(RegularExpression part, std::size_t least, std::optional<std::size_t> most);

// The whole texts in which `pattern` is found, as JSON schemas mean it: what has neither ^ at its beginning nor $ at
// its end may stand inside other text. Understood are characters, `.`, classes with ranges and ^, \d \w \s \D \W \S, \t
// \n \v \f \r \0 \cX \xHH \uHHHH \u{H...} and escaped punctuation, groups ( ), (?: ) and (?<name> ), |, and the
// repetitions
// * + ? {n} {n,} {n,m}, also lazy ones. Throws Error(kConfig) with the place in the pattern for what is no regular
// language or no expression (lookaround, references, \b, \p), anchors inside, groups deeper than 32, and counts above
// 10,000.
RegularExpression parse_regular_expression(std::string_view pattern);

}  // namespace genre
