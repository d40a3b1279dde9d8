#include "genre/lm/regular_expression.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "genre/base/error.h"
#include "genre/base/utf8.h"
#include "genre/text/unicode.h"

namespace genre {
namespace {

using Kind = RegularExpression::Kind;

constexpr int kDeepest = 32;
constexpr std::size_t kMostRepetitions = 10'000;

CodePoints normalised(CodePoints set) {
  std::ranges::sort(set);
  CodePoints out;
  for (const auto& [low, high] : set) {
    if (!out.empty() && low <= out.back().second + 1)
      out.back().second = std::max(out.back().second, high);
    else
      out.emplace_back(low, high);
  }
  return out;
}

CodePoints complement(const CodePoints& set) {
  CodePoints out;
  char32_t next = 0;
  for (const auto& [low, high] : set) {
    if (low > next) out.emplace_back(next, low - 1);
    next = high + 1;
  }
  if (next <= kLastCodePoint) out.emplace_back(next, kLastCodePoint);
  return out;
}

// ECMA-262's classes.
CodePoints class_of(char32_t letter) {
  switch (letter) {
    case 'd':
      return {{'0', '9'}};
    case 'w':
      return {{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}};
    case 's':
      return {{'\t', '\r'},     {' ', ' '},       {0xA0, 0xA0},     {0x1680, 0x1680}, {0x2000, 0x200A},
              {0x2028, 0x2029}, {0x202F, 0x202F}, {0x205F, 0x205F}, {0x3000, 0x3000}, {0xFEFF, 0xFEFF}};
    default:
      return complement(class_of(letter + ('a' - 'A')));
  }
}

RegularExpression one_of(CodePoints characters) {
  RegularExpression out;
  out.kind = Kind::kCharacters;
  out.characters = std::move(characters);
  return out;
}

class Parser {
 public:
  explicit Parser(std::string_view pattern) : pattern_(pattern) {
    if (!valid_utf8(pattern)) throw Error(ErrorCode::kConfig, "the pattern is not UTF-8");
    const char* at = pattern.data();
    while (at != pattern.data() + pattern.size()) text_ += unicode::decode(at, pattern.data() + pattern.size());
  }

  RegularExpression parse() {
    RegularExpression out = choice(/*top=*/true);
    if (!done()) fail("a ) without its (");
    return out;
  }

 private:
  [[noreturn]] void fail(std::string_view fault) const {
    throw Error(ErrorCode::kConfig, fmt::format("{} at character {} of the pattern {}", fault, at_, pattern_));
  }
  bool done() const { return at_ == text_.size(); }
  char32_t peek() const { return done() ? 0 : text_[at_]; }
  bool take(char32_t wanted) {
    if (done() || text_[at_] != wanted) return false;
    ++at_;
    return true;
  }

  // Alternatives up to the end or a closing bracket; those of the whole pattern may be anchored.
  RegularExpression choice(bool top) {
    if (++depth_ > kDeepest) fail(fmt::format("groups nested deeper than {}", kDeepest));
    RegularExpression out;
    out.kind = Kind::kChoice;
    do {
      const bool from_begin = top && take('^');
      RegularExpression branch = sequence();
      const bool to_end = top && take('$');
      if (peek() == '$' || peek() == '^' || (to_end && !done() && peek() != '|'))
        fail("an anchor that is not at an end of the pattern");
      if (top && !from_begin) branch.parts.insert(branch.parts.begin(), anything());
      if (top && !to_end) branch.parts.push_back(anything());
      out.parts.push_back(std::move(branch));
    } while (take('|'));
    --depth_;
    return out.parts.size() == 1 ? RegularExpression(out.parts[0]) : out;
  }

  static RegularExpression anything() { return repetition(one_of(every_code_point()), 0, std::nullopt); }

  RegularExpression sequence() {
    RegularExpression out;
    while (!done() && peek() != '|' && peek() != ')' && peek() != '$' && peek() != '^')
      out.parts.push_back(repeated(atom()));
    return out;
  }

  RegularExpression atom() {
    const char32_t c = text_[at_];
    if (c == '(') return group();
    if (c == '[') return one_of(bracket());
    if (c == '*' || c == '+' || c == '?') fail("a repetition of nothing");
    if (c == '{' || c == '}' || c == ']') fail("a bracket that is neither escaped nor part of a repetition or class");
    ++at_;
    if (c == '.') return one_of(complement({{'\n', '\n'}, {'\r', '\r'}, {0x2028, 0x2029}}));
    if (c == '\\') return one_of(escape());
    return one_of({{c, c}});
  }

  RegularExpression group() {
    const std::size_t begin = at_++;
    if (take('?') && !take(':')) {
      if (!take('<') || peek() == '=' || peek() == '!') {
        at_ = begin;
        fail("a lookaround, which is not supported,");
      }
      while (!done() && peek() != '>') ++at_;
      take('>');
    }
    RegularExpression out = choice(/*top=*/false);
    if (!take(')')) fail("a ( without its )");
    return out;
  }

  RegularExpression repeated(RegularExpression part) {
    std::size_t least = 0;
    std::optional<std::size_t> most;
    if (take('+')) {
      least = 1;
    } else if (take('?')) {
      most = 1;
    } else if (take('{')) {
      least = count();
      most = least;
      if (take(',')) most = peek() == '}' ? std::nullopt : std::optional(count());
      if (!take('}')) fail("a repetition that is not {n}, {n,} or {n,m}");
      if (most && *most < least) fail("a repetition whose end is below its beginning");
    } else if (!take('*')) {
      return part;
    }
    take('?');  // lazy repetitions match the same texts
    if (peek() == '*' || peek() == '+' || peek() == '?' || peek() == '{') fail("a repetition of a repetition");
    return repetition(std::move(part), least, most);
  }

  std::size_t count() {
    std::size_t value = 0;
    const std::size_t begin = at_;
    for (; peek() >= '0' && peek() <= '9'; ++at_) {
      value = 10 * value + (peek() - '0');
      if (value > kMostRepetitions) fail(fmt::format("a repetition above {}", kMostRepetitions));
    }
    if (at_ == begin) fail("a repetition that is not {n}, {n,} or {n,m}");
    return value;
  }

  CodePoints bracket() {
    ++at_;
    const bool negated = take('^');
    CodePoints set;
    while (!take(']')) {
      if (done()) fail("a [ without its ]");
      const CodePoints low = bracket_part();
      const bool single = low.size() == 1 && low[0].first == low[0].second;
      if (single && peek() == '-' && at_ + 1 < text_.size() && text_[at_ + 1] != ']') {
        ++at_;
        const CodePoints high = bracket_part();
        if (high.size() != 1 || high[0].first != high[0].second || high[0].first < low[0].first)
          fail("a range that does not go upwards between characters");
        set.emplace_back(low[0].first, high[0].first);
      } else {
        set.insert(set.end(), low.begin(), low.end());
      }
    }
    set = normalised(std::move(set));
    return negated ? complement(set) : set;
  }

  CodePoints bracket_part() {
    const char32_t c = text_[at_++];
    if (c != '\\') return {{c, c}};
    if (take('b')) return {{'\b', '\b'}};
    return escape();
  }

  char32_t hexadecimal(std::size_t digits) {
    char32_t value = 0;
    for (std::size_t i = 0; i < digits; ++i, ++at_) {
      const char32_t c = peek(), letter = c | 0x20;
      if (c >= '0' && c <= '9')
        value = 16 * value + (c - '0');
      else if (letter >= 'a' && letter <= 'f')
        value = 16 * value + (letter - 'a' + 10);
      else
        fail("an escape that lacks hexadecimal digits");
    }
    return value;
  }

  // Behind a backslash.
  CodePoints escape() {
    if (done()) fail("a backslash before nothing");
    const char32_t c = text_[at_++];
    const auto single = [](char32_t value) { return CodePoints{{value, value}}; };
    if (c == 'd' || c == 'D' || c == 'w' || c == 'W' || c == 's' || c == 'S') return class_of(c);
    if (c == 't') return single('\t');
    if (c == 'n') return single('\n');
    if (c == 'v') return single('\v');
    if (c == 'f') return single('\f');
    if (c == 'r') return single('\r');
    if (c == '0' && !(peek() >= '0' && peek() <= '9')) return single(0);
    if (c == 'c' && ((peek() | 0x20) >= 'a' && (peek() | 0x20) <= 'z')) return single(text_[at_++] % 32);
    if (c == 'x') return single(hexadecimal(2));
    if (c == 'u') return single(unicode_escape());
    if (c < 0x80 &&
        std::string_view("^$\\.*+?()[]{}|/-,:;<>=!#%&'\"@_`~ ").find(static_cast<char>(c)) != std::string_view::npos)
      return single(c);
    --at_;
    fail(
        fmt::format("the escape \\{}, which is not supported,", c < 0x80 ? std::string(1, static_cast<char>(c)) : "?"));
  }

  char32_t unicode_escape() {
    if (take('{')) {
      std::size_t digits = 0;
      while (at_ + digits < text_.size() && text_[at_ + digits] != '}') ++digits;
      if (digits == 0 || digits > 6) fail("an escape that lacks hexadecimal digits");
      const char32_t value = hexadecimal(digits);
      if (value > kLastCodePoint) fail("an escape above the last code point");
      take('}');
      return value;
    }
    const char32_t value = hexadecimal(4);
    if (value < 0xD800 || value > 0xDFFF) return value;
    if (value > 0xDBFF || !take('\\') || !take('u')) fail("half a surrogate pair");
    const char32_t low = hexadecimal(4);
    if (low < 0xDC00 || low > 0xDFFF) fail("half a surrogate pair");
    return 0x10000 + ((value - 0xD800) << 10) + (low - 0xDC00);
  }

  std::string_view pattern_;
  std::u32string text_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace

CodePoints every_code_point() { return {{0, kLastCodePoint}}; }

RegularExpression repetition(RegularExpression part, std::size_t least, std::optional<std::size_t> most) {
  RegularExpression out;
  out.kind = Kind::kRepetition;
  out.parts.push_back(std::move(part));
  out.least = least;
  out.most = most;
  return out;
}

RegularExpression parse_regular_expression(std::string_view pattern) { return Parser(pattern).parse(); }

}  // namespace genre
