#include "genre/text/split_pattern.h"

#include <string>

#include "genre/text/unicode.h"

namespace genre {
namespace {

constexpr std::string_view kGpt2Expression =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";
constexpr std::string_view kLlama3Expression =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view kQwen2Expression =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

enum class Kind { kLetter, kNumber, kSpace, kOther, kEnd };

struct Character {
  Kind kind = Kind::kEnd;
  char32_t c = 0;
  std::size_t end = 0;  // behind it
};

Character character(std::string_view text, std::size_t begin) {
  if (begin >= text.size()) return {Kind::kEnd, 0, begin};
  const char* at = text.data() + begin;
  const char32_t c = unicode::decode(at, text.data() + text.size());
  const Kind kind = unicode::is_letter(c)       ? Kind::kLetter
                    : unicode::is_number(c)     ? Kind::kNumber
                    : unicode::is_whitespace(c) ? Kind::kSpace
                                                : Kind::kOther;
  return {kind, c, static_cast<std::size_t>(at - text.data())};
}

bool is_line_end(char32_t c) { return c == '\r' || c == '\n'; }

std::size_t run_end(std::string_view text, std::size_t at, Kind kind) {
  for (Character next = character(text, at); next.kind == kind; next = character(text, at)) at = next.end;
  return at;
}

// The end of 's, 't, 're, 've, 'm, 'll or 'd, or `begin` where there is none.
std::size_t contraction_end(std::string_view text, std::size_t begin, bool any_case) {
  if (text[begin] != '\'') return begin;
  const auto letter = [&](std::size_t i) {
    const char c = begin + i < text.size() ? text[begin + i] : '\0';
    return any_case && c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  };
  const char first = letter(1), second = letter(2);
  if (first == 's' || first == 't' || first == 'm' || first == 'd') return begin + 2;
  if (((first == 'r' || first == 'v') && second == 'e') || (first == 'l' && second == 'l')) return begin + 3;
  // U+017F folds to s.
  return any_case && text.substr(begin + 1).starts_with("\xC5\xBF") ? begin + 3 : begin;
}

// \s+(?!\S)|\s+ : all but the last of the spaces before something else.
std::size_t spaces_end(std::string_view text, std::size_t begin) {
  std::size_t at = begin, last = begin;
  for (Character next = character(text, at); next.kind == Kind::kSpace; next = character(text, at)) {
    last = at;
    at = next.end;
  }
  return at == text.size() || last == begin ? at : last;
}

std::size_t gpt2_end(std::string_view text, std::size_t begin) {
  if (const std::size_t end = contraction_end(text, begin, /*any_case=*/false); end != begin) return end;
  const Character first = character(text, begin);
  const Character body = first.c == ' ' ? character(text, first.end) : first;
  if (body.kind != Kind::kSpace && body.kind != Kind::kEnd) return run_end(text, body.end, body.kind);
  return spaces_end(text, begin);
}

std::size_t llama3_end(std::string_view text, std::size_t begin, int longest_number) {
  if (const std::size_t end = contraction_end(text, begin, /*any_case=*/true); end != begin) return end;
  const Character first = character(text, begin);
  if (first.kind == Kind::kLetter) return run_end(text, first.end, Kind::kLetter);
  if (first.kind == Kind::kNumber) {
    std::size_t at = first.end;
    for (int i = 1; i < longest_number; ++i) {
      const Character next = character(text, at);
      if (next.kind != Kind::kNumber) break;
      at = next.end;
    }
    return at;
  }
  const Character second = character(text, first.end);
  if (second.kind == Kind::kLetter && !is_line_end(first.c)) return run_end(text, second.end, Kind::kLetter);
  if (first.kind == Kind::kOther || (first.c == ' ' && second.kind == Kind::kOther)) {
    std::size_t at = run_end(text, first.end, Kind::kOther);
    while (at < text.size() && is_line_end(static_cast<unsigned char>(text[at]))) ++at;
    return at;
  }
  std::size_t line_end = begin;
  for (std::size_t at = begin;;) {
    const Character next = character(text, at);
    if (next.kind != Kind::kSpace) break;
    at = next.end;
    if (is_line_end(next.c)) line_end = at;
  }
  return line_end != begin ? line_end : spaces_end(text, begin);
}

}  // namespace

std::optional<SplitPattern> split_pattern(std::string_view expression) {
  if (expression == kGpt2Expression) return SplitPattern::kGpt2;
  if (expression == kLlama3Expression) return SplitPattern::kLlama3;
  if (expression == kQwen2Expression) return SplitPattern::kQwen2;
  return std::nullopt;
}

std::size_t piece_end(SplitPattern pattern, std::string_view text, std::size_t begin) {
  if (pattern == SplitPattern::kGpt2) return gpt2_end(text, begin);
  return llama3_end(text, begin, pattern == SplitPattern::kLlama3 ? 3 : 1);
}

}  // namespace genre
