#include "genre/rec/words.h"

#include <cstdint>

namespace genre {
namespace {

bool within(char32_t c, char32_t first, char32_t last) { return first <= c && c <= last; }

// Reads one code point and moves `at` behind it; a byte that starts none is read as U+FFFD.
char32_t next_point(std::string_view text, std::size_t& at) {
  const auto byte = [&](std::size_t n) -> char32_t {
    return at + n < text.size() ? static_cast<unsigned char>(text[at + n]) : 0;
  };
  const char32_t first = byte(0);
  const int length = first < 0x80                ? 1
                     : within(first, 0xC2, 0xDF) ? 2
                     : (first & 0xF0) == 0xE0    ? 3
                     : within(first, 0xF0, 0xF4) ? 4
                                                 : 0;
  char32_t point = length == 1 ? first : first & (0x7Fu >> length);
  bool valid = length > 0;
  for (int n = 1; n < length; ++n) {
    valid = valid && (byte(n) & 0xC0) == 0x80;
    point = point << 6 | (byte(n) & 0x3F);
  }
  at += valid ? length : 1;
  return valid ? point : 0xFFFD;
}

void append_point(std::string& out, char32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
    return;
  }
  const int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
  out += static_cast<char>((0xF00u >> (more + 1) & 0xFF) | c >> (6 * more));
  for (int n = more - 1; n >= 0; --n) out += static_cast<char>(0x80 | (c >> (6 * n) & 0x3F));
}

// Simple lower case (Unicode 15, UnicodeData.txt) of the scripts that the header names; both sigmas are one letter.
char32_t lower(char32_t c) {
  const auto even_is_upper = [c] { return c | 1; };
  const auto odd_is_upper = [c] { return c + (c & 1); };
  if (c < 0x80) return within(c, 'A', 'Z') ? c + 32 : c;
  if (c < 0x180) {
    if (within(c, 0xC0, 0xDE)) return c == 0xD7 ? c : c + 32;
    if (c == 0x130) return 'i';
    if (c == 0x178) return 0xFF;
    if (within(c, 0x100, 0x137) || within(c, 0x14A, 0x177)) return even_is_upper();
    if (within(c, 0x139, 0x148) || within(c, 0x179, 0x17E)) return odd_is_upper();
    return c;
  }
  if (c < 0x400) {
    if (c == 0x386) return 0x3AC;
    if (within(c, 0x388, 0x38A)) return c + 37;
    if (c == 0x38C) return 0x3CC;
    if (within(c, 0x38E, 0x38F)) return c + 63;
    if (within(c, 0x391, 0x3AB)) return c == 0x3A2 ? c : c + 32;
    return c == 0x3C2 ? 0x3C3 : c;
  }
  if (c < 0x530) {
    if (c < 0x410) return c + 80;
    if (c < 0x430) return c + 32;
    if (c == 0x4C0) return 0x4CF;
    if (within(c, 0x4C1, 0x4CE)) return odd_is_upper();
    if (within(c, 0x460, 0x481) || within(c, 0x48A, 0x4BF) || c >= 0x4D0) return even_is_upper();
    return c;
  }
  if (within(c, 0x531, 0x556)) return c + 48;
  if (c == 0x1E9E) return 0xDF;
  if (within(c, 0x1E00, 0x1E95) || within(c, 0x1EA0, 0x1EFF)) return even_is_upper();
  return within(c, 0xFF21, 0xFF3A) ? c + 32 : c;
}

// Punctuation, symbols, spaces and controls of the blocks where they live together.
bool divides(char32_t c) {
  if (c < 0x80) return !within(c, '0', '9') && !within(c, 'A', 'Z') && !within(c, 'a', 'z');
  if (c < 0xC0)
    return c != 0xAA && c != 0xB2 && c != 0xB3 && c != 0xB5 && !within(c, 0xB9, 0xBA) && !within(c, 0xBC, 0xBE);
  if (c < 0x2000)
    return c == 0xD7 || c == 0xF7 || within(c, 0x55A, 0x55F) || c == 0x589 || c == 0x60C || c == 0x61B || c == 0x61F ||
           c == 0x6D4 || within(c, 0x964, 0x965) || c == 0x1680;
  if (c < 0x3040)
    return within(c, 0x2000, 0x206F) || within(c, 0x20A0, 0x20CF) || within(c, 0x2100, 0x2BFF) ||
           within(c, 0x2E00, 0x2E7F) || within(c, 0x3000, 0x3004) || within(c, 0x3008, 0x3020) || c == 0x3030 ||
           c == 0x303D;
  if (c == 0x30A0 || c == 0x30FB) return true;
  return within(c, 0xD800, 0xF8FF) || within(c, 0xFE10, 0xFE1F) || within(c, 0xFE30, 0xFE6F) ||
         within(c, 0xFF00, 0xFF0F) || within(c, 0xFF1A, 0xFF20) || within(c, 0xFF3B, 0xFF40) ||
         within(c, 0xFF5B, 0xFF65) || within(c, 0xFFE0, 0xFFFF) || within(c, 0x1F000, 0x1FAFF) || c == 0xFEFF;
}

bool stands_alone(char32_t c) {
  return within(c, 0x3041, 0x3096) || within(c, 0x30A1, 0x30FA) || within(c, 0x3400, 0x4DBF) ||
         within(c, 0x4E00, 0x9FFF) || within(c, 0xF900, 0xFAFF) || within(c, 0x20000, 0x323AF);
}

}  // namespace

std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> out;
  std::string word;
  const auto close = [&] {
    if (!word.empty()) out.push_back(std::move(word));
    word.clear();
  };
  for (std::size_t at = 0; at < text.size();) {
    const char32_t c = next_point(text, at);
    if (divides(c)) {
      close();
    } else if (stands_alone(c)) {
      close();
      append_point(word, c);
      close();
    } else {
      append_point(word, lower(c));
    }
  }
  close();
  return out;
}

}  // namespace genre
