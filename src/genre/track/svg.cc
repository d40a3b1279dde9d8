#include "genre/track/svg.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <vector>

#include "genre/track/xml.h"

namespace genre {
namespace {

// At most two decimals, no trailing zeros, never "-0".
std::string px(double value) {
  std::string out = fmt::format("{:.2f}", std::abs(value) < 0.005 ? 0.0 : value);
  out.erase(out.find_last_not_of('0') + 1);
  if (out.back() == '.') out.pop_back();
  return out;
}

std::string stroke_attributes(const SvgStroke& stroke) {
  std::string out = fmt::format(R"(stroke="{}" stroke-width="{}")", stroke.colour, px(stroke.width));
  if (!stroke.dash.empty()) out += fmt::format(R"( stroke-dasharray="{}")", stroke.dash);
  return out;
}

std::string points_attribute(std::span<const SvgPoint> points) {
  std::string out;
  for (const auto& [x, y] : points) out += fmt::format("{}{},{}", out.empty() ? "" : " ", px(x), px(y));
  return out;
}

}  // namespace

void Svg::line(SvgPoint from, SvgPoint to, const SvgStroke& stroke) {
  body_ += fmt::format("<line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\" {}/>\n", px(from.x), px(from.y), px(to.x),
                       px(to.y), stroke_attributes(stroke));
}

void Svg::polyline(std::span<const SvgPoint> points, const SvgStroke& stroke) {
  body_ += fmt::format("<polyline fill=\"none\" stroke-linejoin=\"round\" points=\"{}\" {}/>\n",
                       points_attribute(points), stroke_attributes(stroke));
}

void Svg::area(std::span<const SvgPoint> corners, std::string_view fill, double opacity) {
  body_ += fmt::format("<polygon points=\"{}\" fill=\"{}\" fill-opacity=\"{}\"/>\n", points_attribute(corners), fill,
                       px(opacity));
}

void Svg::rectangle(SvgPoint corner, double width, double height, std::string_view fill) {
  body_ += fmt::format("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{}\"/>\n", px(corner.x), px(corner.y),
                       px(std::max(width, 0.0)), px(std::max(height, 0.0)), fill);
}

void Svg::text(SvgPoint at, std::string_view text, std::string_view fill, const SvgText& style) {
  static constexpr const char* kAnchors[] = {"start", "middle", "end"};
  body_ +=
      fmt::format("<text x=\"{}\" y=\"{}\" font-size=\"{}\" fill=\"{}\"", px(at.x), px(at.y), px(style.size), fill);
  if (style.anchor != Anchor::kStart)
    body_ += fmt::format(" text-anchor=\"{}\"", kAnchors[static_cast<int>(style.anchor)]);
  if (style.bold) body_ += " font-weight=\"600\"";
  if (style.turn != 0) body_ += fmt::format(" transform=\"rotate({} {} {})\"", px(style.turn), px(at.x), px(at.y));
  body_ += fmt::format(">{}</text>\n", escape_xml(text));
}

void Svg::marker(SvgPoint at, std::size_t shape, double r, std::string_view fill) {
  const auto polygon = [&](std::initializer_list<SvgPoint> corners) {
    std::vector<SvgPoint> points;
    for (const auto& [x, y] : corners) points.push_back({at.x + x * r, at.y + y * r});
    body_ += fmt::format("<polygon points=\"{}\" fill=\"{}\"/>\n", points_attribute(points), fill);
  };
  const auto strokes = [&](double dx, double dy) {
    line({at.x - dx * r, at.y - dy * r}, {at.x + dx * r, at.y + dy * r}, {.colour = fill, .width = r * 0.6});
    line({at.x + dy * r, at.y - dx * r}, {at.x - dy * r, at.y + dx * r}, {.colour = fill, .width = r * 0.6});
  };
  switch (shape % 8) {
    case 0:
      body_ += fmt::format("<circle cx=\"{}\" cy=\"{}\" r=\"{}\" fill=\"{}\"/>\n", px(at.x), px(at.y), px(r), fill);
      break;
    case 1:
      polygon({{-.9, -.9}, {.9, -.9}, {.9, .9}, {-.9, .9}});
      break;
    case 2:
      polygon({{0, -1.2}, {1.1, .8}, {-1.1, .8}});
      break;
    case 3:
      polygon({{0, -1.3}, {1.3, 0}, {0, 1.3}, {-1.3, 0}});
      break;
    case 4:
      polygon({{0, 1.2}, {1.1, -.8}, {-1.1, -.8}});
      break;
    case 5:
      strokes(1.1, 0);
      break;
    case 6:
      strokes(.9, .9);
      break;
    default:
      body_ += fmt::format("<circle cx=\"{}\" cy=\"{}\" r=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{}\"/>\n",
                           px(at.x), px(at.y), px(r * 0.85), fill, px(r * 0.5));
  }
}

void Svg::open_mark(std::string_view title) { body_ += fmt::format("<g><title>{}</title>", escape_xml(title)); }

std::string Svg::finish(const SvgSheet& sheet) const {
  const std::string width = px(sheet.width), height = px(sheet.height);
  std::string out = "<svg";
  if (sheet.standalone)
    out +=
        R"( xmlns="http://www.w3.org/2000/svg" font-family="Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif")";
  out += fmt::format(" viewBox=\"0 0 {0} {1}\" width=\"{0}\" height=\"{1}\" role=\"img\" aria-label=\"{2}\">\n", width,
                     height, escape_xml(sheet.label));
  if (!sheet.background.empty())
    out += fmt::format("<rect width=\"{}\" height=\"{}\" fill=\"{}\"/>\n", width, height, sheet.background);
  if (sheet.margin == 0) return out + body_ + "</svg>\n";
  return out + fmt::format("<g transform=\"translate({0} {0})\">\n", px(sheet.margin)) + body_ + "</g>\n</svg>\n";
}

}  // namespace genre
