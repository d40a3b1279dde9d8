#include "genre/serve/url.h"

#include <algorithm>
#include <cstdint>

#include "genre/base/utf8.h"
#include "genre/serve/problem.h"

namespace genre {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string decode(std::string_view text) {
  std::optional<std::string> out = percent_decode(text);
  if (!out || !valid_utf8(*out))
    throw Problem(400, "bad_target", "the request target has a broken escape or bytes that are not UTF-8",
                  "percent-encode the UTF-8 bytes of the text");
  return *std::move(out);
}

// Calls visit for each piece between separators; one piece at least.
template <class Visit>
void split(std::string_view text, char separator, Visit visit) {
  for (;;) {
    const std::size_t end = text.find(separator);
    visit(text.substr(0, end));
    if (end == std::string_view::npos) return;
    text.remove_prefix(end + 1);
  }
}

}  // namespace

std::optional<std::string> percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const int high = i + 1 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

Target parse_target(std::string_view target) {
  if (!target.starts_with('/')) {
    const std::size_t scheme = target.find("://");
    const std::size_t path = scheme == std::string_view::npos ? scheme : target.find('/', scheme + 3);
    if (path == std::string_view::npos || target.find_first_of("?#") < path)
      throw Problem(400, "bad_target",
                    "wanted a request target that begins with /, found: " + std::string(target.substr(0, 100)));
    target.remove_prefix(path);
  }
  if (target.find('#') != std::string_view::npos)
    throw Problem(400, "bad_target", "a request target has no fragment (#)", "percent-encode # as %23");
  Target out;
  const std::size_t mark = target.find('?');
  split(target.substr(1, mark == std::string_view::npos ? mark : mark - 1), '/',
        [&](std::string_view segment) { out.segments.push_back(decode(segment)); });
  if (mark == std::string_view::npos) return out;
  split(target.substr(mark + 1), '&', [&](std::string_view pair) {
    if (pair.empty()) return;
    std::string text(pair);
    std::replace(text.begin(), text.end(), '+', ' ');
    const std::size_t equals = text.find('=');
    const std::string_view view = text;
    out.query.emplace_back(decode(view.substr(0, equals)),
                           equals == std::string::npos ? "" : decode(view.substr(equals + 1)));
  });
  return out;
}

}  // namespace genre
