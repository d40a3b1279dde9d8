// Writes the elements of one SVG drawing. Coordinates are pixels; text is escaped; the same calls give the same bytes.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace genre {

struct SvgPoint {
  double x, y;
};

enum class Anchor { kStart, kMiddle, kEnd };

struct SvgText {
  double size = 12;
  Anchor anchor = Anchor::kStart;
  bool bold = false;
  double turn = 0;  // degrees clockwise around the anchor
};

struct SvgStroke {
  std::string_view colour;
  double width = 1;
  std::string_view dash = {};  // such as "6 3"; empty: solid
};

struct SvgSheet {
  double width, height;
  double margin = 0;            // the drawing starts this far from the top left corner
  std::string_view label;       // read out in place of the drawing
  std::string_view background;  // empty: none
  bool standalone = false;      // carries the namespace and fonts; others take those of the page
};

class Svg {
 public:
  void line(SvgPoint from, SvgPoint to, const SvgStroke& stroke);
  void polyline(std::span<const SvgPoint> points, const SvgStroke& stroke);
  // Filled, seen through where opacity is below 1.
  void area(std::span<const SvgPoint> corners, std::string_view fill, double opacity);
  void rectangle(SvgPoint corner, double width, double height, std::string_view fill);
  void text(SvgPoint at, std::string_view text, std::string_view fill, const SvgText& style = {});
  // One of 8 shapes around `at`, by `shape` modulo 8: disc, square, triangle, diamond, down triangle, plus, cross,
  // ring.
  void marker(SvgPoint at, std::size_t shape, double radius, std::string_view fill);

  // What is drawn until the matching close belongs to one mark with this exact text as its tooltip.
  void open_mark(std::string_view title);
  void close_mark() { body_ += "</g>\n"; }

  // The drawing as one <svg> element.
  std::string finish(const SvgSheet& sheet) const;

 private:
  std::string body_;
};

}  // namespace genre
