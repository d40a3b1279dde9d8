#include "genre/data/text_repair.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <utf8proc.h>

#include <algorithm>
#include <charconv>
#include <unordered_map>

#include "genre/base/error.h"
#include "genre/base/text_distance.h"
#include "genre/base/utf8.h"

namespace genre {
namespace {

struct Entity {
  std::string_view name;
  std::int32_t point;
};
constexpr Entity kEntities[] = {
#include "genre/data/html_entities.inc"
};
constexpr std::size_t kLongestEntity = 12;  // "&thetasym;" and numbers

void append(std::string& out, std::int32_t point) {
  std::uint8_t bytes[4];
  const auto count = utf8proc_encode_char(point, bytes);
  out.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(count));
}

// The character of "#233", "#xE9" or "eacute"; -1 where there is none.
std::int32_t entity_point(std::string_view name) {
  if (!name.starts_with('#')) {
    const auto* const found =
        std::lower_bound(std::begin(kEntities), std::end(kEntities), name,
                         [](const Entity& entity, std::string_view wanted) { return entity.name < wanted; });
    return found != std::end(kEntities) && found->name == name ? found->point : -1;
  }
  name.remove_prefix(1);
  const bool hexadecimal = name.starts_with('x') || name.starts_with('X');
  if (hexadecimal) name.remove_prefix(1);
  std::int32_t point = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), point, hexadecimal ? 16 : 10);
  const bool whole = error == std::errc{} && end == name.data() + name.size() && !name.starts_with('-');
  return whole && point > 0 && utf8proc_codepoint_valid(point) ? point : -1;
}

std::string without_entities(std::string_view text) {
  std::string out;
  std::size_t at = 0;
  for (std::size_t found; (found = text.find('&', at)) != std::string_view::npos;) {
    out += text.substr(at, found - at);
    const std::size_t end = text.substr(found, kLongestEntity).find(';');
    const std::int32_t point = end == std::string_view::npos ? -1 : entity_point(text.substr(found + 1, end - 1));
    at = found + (point < 0 ? 1 : end + 1);
    if (point < 0)
      out += '&';
    else if (point >= 0x80 && point < 0xA0)  // browsers read these numbers as Windows-1252
      out += latin1_to_utf8(std::string(1, static_cast<char>(point)));
    else
      append(out, point);
  }
  return out += text.substr(at);
}

// The bytes that latin1_to_utf8 turns into `text`; empty where there are none.
std::string as_windows1252(std::string_view text) {
  static const std::unordered_map<std::string, char> kBytes = [] {
    std::unordered_map<std::string, char> bytes;
    for (int byte = 0x80; byte < 0x100; ++byte)
      bytes[latin1_to_utf8(std::string(1, static_cast<char>(byte)))] = static_cast<char>(byte);
    return bytes;
  }();
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    if ((text[at] & 0x80) == 0) {
      out += text[at++];
      continue;
    }
    std::size_t length = 1;
    while (at + length < text.size() && (text[at + length] & 0xC0) == 0x80) ++length;
    const auto found = kBytes.find(std::string(text.substr(at, length)));
    if (found == kBytes.end()) {
      // A C1 control stands for its own byte in latin-1 proper.
      const bool control = length == 2 && text[at] == '\xC2' && static_cast<unsigned char>(text[at + 1]) < 0xA0;
      if (!control) return {};
      out += text[at + 1];
    } else {
      out += found->second;
    }
    at += length;
  }
  return out;
}

bool ascii(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return (c & 0x80) != 0; });
}

std::string without_mojibake(std::string text) {
  while (!ascii(text)) {
    std::string bytes = as_windows1252(text);
    if (bytes.empty() || !valid_utf8(bytes)) break;
    text = std::move(bytes);
  }
  return text;
}

bool invisible(std::int32_t point) {
  const bool control = point < 0x20 || (point >= 0x7F && point < 0xA0);
  const bool direction = (point >= 0x202A && point <= 0x202E) || (point >= 0x2066 && point <= 0x2069);
  return control || direction || point == 0xAD || point == 0x200B || point == 0x2060 || point == 0xFEFF ||
         point == 0xFFFC || point == 0xFFFD;
}

std::string without_controls(std::string_view text) {
  std::string out;
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  for (std::size_t at = 0; at < text.size();) {
    std::int32_t point = 0;
    const auto length = utf8proc_iterate(bytes + at, static_cast<utf8proc_ssize_t>(text.size() - at), &point);
    if (length <= 0) break;  // not UTF-8, against the contract
    if (point == '\t' || point == '\n' || point == '\r')
      out += ' ';
    else if (!invisible(point))
      out += text.substr(at, static_cast<std::size_t>(length));
    at += static_cast<std::size_t>(length);
  }
  return out;
}

}  // namespace

TextRepair::TextRepair(const std::vector<std::string>& names) {
  static const std::vector<std::string> kKnown = {"entities", "mojibake", "controls"};
  for (const auto& name : names) {
    if (name == "entities") entities = true;
    if (name == "mojibake") mojibake = true;
    if (name == "controls") controls = true;
    if (std::find(kKnown.begin(), kKnown.end(), name) != kKnown.end()) continue;
    const auto nearest = nearest_name(name, kKnown);
    throw Error(
        ErrorCode::kConfig, fmt::format("there is no text repair '{}'", name),
        nearest ? fmt::format("did you mean '{}'?", *nearest) : fmt::format("one of {}", fmt::join(kKnown, ", ")),
        {.file = {}, .line = 0, .key = "data.clean.repair_text"});
  }
}

std::string TextRepair::apply(std::string_view text) const {
  std::string out = entities ? without_entities(text) : std::string(text);
  if (mojibake) out = without_mojibake(std::move(out));
  if (controls) out = without_controls(out);
  return out;
}

}  // namespace genre
