#include "genre/text/token_stream.h"

#include <algorithm>

#include "genre/text/unicode.h"

namespace genre {
namespace {

// How many bytes at the end of the text begin a character that more bytes could complete.
std::size_t incomplete_end(std::string_view text) {
  for (std::size_t length = 1; length <= std::min<std::size_t>(3, text.size()); ++length) {
    const std::string_view end = text.substr(text.size() - length);
    const auto lead = static_cast<unsigned char>(end[0]);
    if ((lead & 0xC0) == 0x80) continue;
    if (lead < 0xC2 || lead > 0xF4) return 0;
    const std::size_t wanted = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (length >= wanted) return 0;
    // Ill-formed already where it reads as more than one part.
    const char* at = end.data();
    unicode::decode(at, end.data() + end.size());
    return at == end.data() + end.size() ? length : 0;
  }
  return 0;
}

}  // namespace

std::string TokenStream::push(std::int32_t id) {
  held_ += tokenizer_.bytes(id);
  const std::size_t kept = incomplete_end(held_);
  std::string out = unicode::well_formed(std::string_view(held_).substr(0, held_.size() - kept));
  held_.erase(0, held_.size() - kept);
  return out;
}

std::string TokenStream::finish() {
  std::string out = unicode::well_formed(held_);
  held_.clear();
  return out;
}

}  // namespace genre
