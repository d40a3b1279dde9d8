// What the kinds of plots share: size and colours, title and legend, the frame with its axes, texts of marks.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "genre/track/axis.h"
#include "genre/track/label_placement.h"
#include "genre/track/report.h"
#include "genre/track/svg.h"
#include "genre/track/theme.h"

namespace genre {

struct PlotStyle {
  const Theme& theme;
  double width;     // of the drawing, pixels
  bool standalone;  // title inside, background, fonts
};

constexpr double kFont = 12;  // ticks, legend, labels
constexpr double kLineHeight = 16;
constexpr std::size_t kMostCurveMarks = 40;  // of a curve; more run into each other

// A drawing that grows downwards: `top` is the first free row.
struct Canvas {
  const PlotStyle& style;
  Svg svg;
  double top = 0;

  const Theme& theme() const { return style.theme; }
  const std::string& colour(std::size_t series) const { return theme().series[series % theme().series.size()]; }
};

// Solid for the first eight series, then dashed: with colours repeating, the pair stays unique for 32 series.
std::string_view dash_of(std::size_t series);

// Title where standalone, then a legend where the plot has several series. Bars show swatches in place of markers.
void draw_head(Canvas& canvas, const Plot& plot);

// Ticks and grid lines of a vertical axis along `area`.
void draw_value_axis(Canvas& canvas, const Axis& axis, const Box& area);
// The same for a horizontal axis, with its label below; the canvas then goes on after it.
void draw_bottom_axis(Canvas& canvas, const Axis& axis, std::string_view label, const Box& area);
// "ndcg@10" or "ndcg@10, ×10⁶"
std::string axis_title(std::string_view label, const Axis& axis);
// Room that the tick labels of a vertical axis need to its left.
double tick_width(const Axis& axis);

// The label of a vertical axis, as a line above the area.
void draw_value_title(Canvas& canvas, const Axis& axis, std::string_view label);

// Names of the categories below `area`, each with `slot` of room: on up to three lines, every n-th, or turned,
// whichever fits first; then their common title.
void draw_categories(Canvas& canvas, const std::vector<std::string>& names, double slot, const Box& area);
void draw_category_title(Canvas& canvas, std::string_view label, const Box& area);

bool drawable(const ReportInterval& y);      // the value is finite
bool has_interval(const ReportInterval& y);  // and both ends are, and differ
// Every finite value and end of interval.
std::vector<double> values_of(const Plot& plot);
std::size_t category_count(const Plot& plot);
// Names of all categories; a missing one is its number, counted from 1.
std::vector<std::string> category_names(const Plot& plot);
// "ease, ndcg@10: 0.2865 [0.2801, 0.2925]" with the shortest digits that read back as the same numbers.
std::string mark_title(std::string_view what, std::string_view series, const ReportInterval& y);

// A whisker, vertical when `upright`, with caps `cap` long to either side.
void draw_interval(Canvas& canvas, double at, double low, double high, bool upright, const SvgStroke& stroke,
                   double cap);

void draw_bars(Canvas& canvas, const Plot& plot);
void draw_lines(Canvas& canvas, const Plot& plot);
void draw_scatter(Canvas& canvas, const Plot& plot);
void draw_curves(Canvas& canvas, const Plot& plot);

// Any plot in one size and colouring.
std::string draw_plot(const Plot& plot, const PlotStyle& style);

}  // namespace genre
