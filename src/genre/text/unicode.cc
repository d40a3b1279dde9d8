#include "genre/text/unicode.h"

#include <utf8proc.h>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <span>

namespace genre::unicode {
namespace {

struct Range {
  char32_t first, last;
};

#include "genre/text/reference_ranges.inc"

bool contains(std::span<const Range> ranges, char32_t c) {
  const auto found = std::ranges::lower_bound(ranges, c, {}, &Range::last);
  return found != ranges.end() && found->first <= c;
}

// Letters with case that joined Unicode after version 15, which utf8proc may not know yet.
struct LateCase {
  char32_t first, last, lower;
};
constexpr LateCase kLateCase[] = {{0x1C89, 0x1C89, 0x1C8A},   {0xA7CB, 0xA7CB, 0x264},  {0xA7CC, 0xA7CC, 0xA7CD},
                                  {0xA7CE, 0xA7CE, 0xA7CF},   {0xA7D2, 0xA7D2, 0xA7D3}, {0xA7D4, 0xA7D4, 0xA7D5},
                                  {0xA7DA, 0xA7DA, 0xA7DB},   {0xA7DC, 0xA7DC, 0x19B},  {0x10D50, 0x10D65, 0x10D70},
                                  {0x16EA0, 0x16EB8, 0x16EBB}};

// Decompositions that joined Unicode after the version of the reference (9), which utf8proc may know.
constexpr Range kLateDecomposition[] = {{0x105C9, 0x105C9}, {0x105E4, 0x105E4}, {0x11383, 0x11383}, {0x11385, 0x11385},
                                        {0x1138E, 0x1138E}, {0x11391, 0x11391}, {0x113C5, 0x113C5}, {0x113C7, 0x113C8},
                                        {0x11938, 0x11938}, {0x16121, 0x16128}, {0x16D68, 0x16D6A}};

int decompose_with(char32_t c, char32_t* out, int options) {
  out[0] = c;
  utf8proc_int32_t parts[kMaxDecomposition];
  int boundary = 0;
  const auto length = utf8proc_decompose_char(static_cast<utf8proc_int32_t>(c), parts, kMaxDecomposition,
                                              static_cast<utf8proc_option_t>(options), &boundary);
  if (length < 1 || length > kMaxDecomposition) return 1;
  std::copy_n(parts, length, out);
  return static_cast<int>(length);
}

}  // namespace

char32_t decode(const char*& at, const char* end) {
  const auto byte = [&](std::ptrdiff_t i) { return static_cast<unsigned char>(at[i]); };
  const unsigned lead = byte(0);
  if (lead < 0x80) {
    ++at;
    return lead;
  }
  // The second byte has a narrower range after four lead bytes: no overlong forms, surrogates or values past U+10FFFF.
  int length = 0;
  unsigned low = 0x80, high = 0xBF;
  char32_t value = 0;
  if (lead >= 0xC2 && lead <= 0xDF) {
    length = 2;
    value = lead & 0x1F;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    length = 3;
    value = lead & 0x0F;
    if (lead == 0xE0) low = 0xA0;
    if (lead == 0xED) high = 0x9F;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    length = 4;
    value = lead & 0x07;
    if (lead == 0xF0) low = 0x90;
    if (lead == 0xF4) high = 0x8F;
  } else {
    ++at;
    return kReplacement;
  }
  for (int i = 1; i < length; ++i) {
    if (at + i == end || byte(i) < low || byte(i) > high) {
      at += i;
      return kReplacement;
    }
    value = value << 6 | (byte(i) & 0x3F);
    low = 0x80;
    high = 0xBF;
  }
  at += length;
  return value;
}

void append(std::string& out, char32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += {static_cast<char>(0xC0 | c >> 6), static_cast<char>(0x80 | (c & 0x3F))};
  } else if (c < 0x10000) {
    out += {static_cast<char>(0xE0 | c >> 12), static_cast<char>(0x80 | (c >> 6 & 0x3F)),
            static_cast<char>(0x80 | (c & 0x3F))};
  } else {
    out += {static_cast<char>(0xF0 | c >> 18), static_cast<char>(0x80 | (c >> 12 & 0x3F)),
            static_cast<char>(0x80 | (c >> 6 & 0x3F)), static_cast<char>(0x80 | (c & 0x3F))};
  }
}

std::size_t count(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

bool is_well_formed(std::string_view text) {
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end) {
    const char* const start = at;
    // U+FFFD itself is well-formed.
    if (decode(at, end) == kReplacement && std::string_view(start, at) != "\xEF\xBF\xBD") return false;
  }
  return true;
}

std::string well_formed(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end) append(out, decode(at, end));
  return out;
}

bool is_removed(char32_t c) {
  if (c < 0x80) return (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7F;
  return contains(kOther, c);
}

bool is_whitespace(char32_t c) {
  if (c < 0x80) return c == ' ' || (c >= '\t' && c <= '\r');
  return c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 ||
         c == 0x202F || c == 0x205F || c == 0x3000;
}

std::size_t spaces_begin(std::string_view text, std::size_t first, std::size_t begin) {
  while (begin > first) {
    std::size_t at = begin - 1;
    while (at > first && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) --at;
    const char* from = text.data() + at;
    if (!is_whitespace(decode(from, text.data() + text.size()))) break;
    begin = at;
  }
  return begin;
}

std::size_t spaces_end(std::string_view text, std::size_t end) {
  while (end < text.size()) {
    const char* at = text.data() + end;
    if (!is_whitespace(decode(at, text.data() + text.size()))) break;
    end = static_cast<std::size_t>(at - text.data());
  }
  return end;
}

bool is_punctuation(char32_t c) {
  if (c < 0x80)
    return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') || (c >= '{' && c <= '~');
  return contains(kPunctuation, c);
}

bool is_cjk(char32_t c) { return c >= 0x3400 && contains(kCjk, c); }
bool is_mark(char32_t c) { return is_nonspacing_mark(c) || (c >= 0x300 && contains(kMark, c)); }

bool is_letter(char32_t c) {
  if (c < 0x80) return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return contains(kLetter, c);
}

bool is_number(char32_t c) {
  if (c < 0x80) return c >= '0' && c <= '9';
  return contains(kNumber, c);
}

bool is_digit(char32_t c) { return is_number(c) || contains(kLateNumber, c); }
bool is_nonspacing_mark(char32_t c) { return c >= 0x300 && contains(kNonspacingMark, c); }

int combining_class(char32_t c) {
  if (c < 0x300) return 0;
  const int known = utf8proc_get_property(static_cast<utf8proc_int32_t>(c))->combining_class;
  // Marks that the reference does not know yet are starters for it.
  return known != 0 && (contains(kNonspacingMark, c) || contains(kKeptNonstarter, c)) ? known : 0;
}

int decompose(char32_t c, char32_t* out) {
  out[0] = c;
  if (c < 0xC0 || contains(kLateDecomposition, c)) return 1;
  return decompose_with(c, out, UTF8PROC_DECOMPOSE);
}

int decompose_compatibly(char32_t c, char32_t* out) {
  if (c < 0x80 || !contains(kCompatibility, c)) return decompose(c, out);
  return decompose_with(c, out, UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT);
}

bool is_grapheme_break(char32_t before, char32_t behind, int& state) {
  return utf8proc_grapheme_break_stateful(static_cast<utf8proc_int32_t>(before), static_cast<utf8proc_int32_t>(behind),
                                          &state);
}

char32_t compose(char32_t first, char32_t second) {
  if (second < 0x300) return 0;  // no composite ends in a character before the combining marks
  utf8proc_int32_t pair[2] = {static_cast<utf8proc_int32_t>(first), static_cast<utf8proc_int32_t>(second)};
  const auto options = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE);
  if (utf8proc_normalize_utf32(pair, 2, options) != 1) return 0;
  const auto both = static_cast<char32_t>(pair[0]);
  return contains(kLateDecomposition, both) ? 0 : both;
}

void append_lowercase(std::string& out, char32_t c) {
  if (c == 0x130) {
    append(out, 'i');
    return append(out, 0x307);
  }
  for (const auto& late : kLateCase)
    if (c >= late.first && c <= late.last) return append(out, late.lower + (c - late.first));
  append(out, static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(c))));
}

}  // namespace genre::unicode
