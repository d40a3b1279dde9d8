#include "genre/text/byte_level.h"

#include <array>

#include "genre/text/unicode.h"

namespace genre {
namespace {

struct Alphabet {
  std::array<char32_t, 256> characters{};
  std::array<int, 0x144> bytes{};
  constexpr Alphabet() {
    for (int& byte : bytes) byte = -1;
    char32_t next = 0x100;
    for (unsigned b = 0; b < 256; ++b) {
      const bool prints = (b >= 0x21 && b <= 0x7E) || (b >= 0xA1 && b <= 0xAC) || b >= 0xAE;
      characters[b] = prints ? b : next++;
      bytes[characters[b]] = static_cast<int>(b);
    }
  }
};
constexpr Alphabet kAlphabet;

}  // namespace

char32_t byte_character(unsigned char byte) { return kAlphabet.characters[byte]; }

std::optional<std::string> bytes_of_characters(std::string_view token) {
  std::string out;
  const char* at = token.data();
  const char* const end = at + token.size();
  while (at != end) {
    const char32_t c = unicode::decode(at, end);
    if (c >= kAlphabet.bytes.size() || kAlphabet.bytes[c] < 0) return std::nullopt;
    out += static_cast<char>(kAlphabet.bytes[c]);
  }
  return out;
}

std::string byte_token(unsigned char byte) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  return {'<', '0', 'x', kDigits[byte >> 4], kDigits[byte & 15], '>'};
}

}  // namespace genre
