#include "genre/track/text_extent.h"

#include "genre/track/xml.h"

namespace genre {
namespace {

// Width in ems, by classes of letters: between Helvetica and DejaVu Sans, nearer the wider one.
double em(char32_t c) {
  const auto in = [c](std::string_view set) {
    return c < 0x80 && set.find(static_cast<char>(c)) != std::string_view::npos;
  };
  if (in("ijl.,:;'|!I()[]")) return 0.34;
  if (in("ftr -/\\\"")) return 0.40;
  if (in("mMW@%")) return 0.94;
  if (in("w_+=<>~#&")) return 0.78;
  if (c >= 'A' && c <= 'Z') return 0.70;
  if (c < 0x300) return 0.60;
  if (c < 0x370) return 0.0;  // combining marks
  return c < 0x1100 ? 0.66 : c >= 0x2000 && c < 0x2E80 ? 0.80 : 1.05;
}

}  // namespace

double text_width(std::string_view text, double font_size) {
  double ems = 0;
  for (const char32_t c : code_points(text)) ems += em(c);
  return ems * font_size;
}

std::string shorten(std::string_view text, double width, double font_size) {
  if (text_width(text, font_size) <= width) return std::string(text);
  constexpr char32_t kEllipsis = 0x2026;
  std::string out;
  double used = em(kEllipsis) * font_size;
  for (const char32_t c : code_points(text)) {
    used += em(c) * font_size;
    if (used > width) break;
    append_utf8(out, c);
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  append_utf8(out, kEllipsis);
  return out;
}

std::vector<std::string> wrap(std::string_view text, double width, double font_size, int lines) {
  std::vector<std::string> out;
  while (!text.empty()) {
    if (static_cast<int>(out.size()) + 1 >= lines || text_width(text, font_size) <= width) {
      out.push_back(shorten(text, width, font_size));
      break;
    }
    std::size_t cut = std::string_view::npos;
    const std::size_t bracket = text.find(" (");
    for (std::size_t at = text.find(' '); at != std::string_view::npos; at = text.find(' ', at + 1)) {
      if (at > 0 && text_width(text.substr(0, at), font_size) > width) break;
      cut = at;
    }
    if (cut == std::string_view::npos) cut = text.find(' ');
    if (bracket < cut && text_width(text.substr(bracket + 1), font_size) <= width) cut = bracket;
    out.push_back(shorten(text.substr(0, cut), width, font_size));
    text = cut == std::string_view::npos ? std::string_view{} : text.substr(cut + 1);
  }
  return out;
}

}  // namespace genre
