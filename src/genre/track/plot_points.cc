#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "genre/track/plot_frame.h"
#include "genre/track/text_extent.h"

namespace genre {
namespace {

// Zero belongs to the axis unless that would squeeze the values into its upper half.
Box open_area(Canvas& canvas, const Axis& axis, std::string_view y_label, double height) {
  draw_value_title(canvas, axis, y_label);
  return {tick_width(axis) + 12, canvas.top + 8, canvas.style.width - 14, canvas.top + 8 + height};
}

struct Dot {
  std::size_t series;
  SvgPoint at;
  double low, high;  // of the interval; equal where there is none
  std::string title, label;
};

void draw_dot(Canvas& canvas, const Dot& dot, bool dense) {
  const std::string& colour = canvas.colour(dot.series);
  canvas.svg.open_mark(dot.title);
  if (dot.low != dot.high)
    draw_interval(canvas, dot.at.x, dot.low, dot.high, true, {.colour = colour, .width = dense ? 0.75 : 1.25},
                  dense ? 0 : 3.5);
  canvas.svg.marker(dot.at, dot.series, dense ? 2 : 4.25, colour);
  canvas.svg.close_mark();
}

Dot make_dot(const Axis& axis, const Box& area, std::size_t series, double x, const ReportInterval& y) {
  const auto height = [&](double value) { return axis.at(value, area.bottom, area.top); };
  const bool interval = has_interval(y);
  return {series, {x, height(y.value)}, height(interval ? y.low : y.value), height(interval ? y.high : y.value), {},
          {}};
}

}  // namespace

void draw_lines(Canvas& canvas, const Plot& plot) {
  const bool narrow = canvas.style.width < 500;
  const auto names = category_names(plot);
  const Axis axis = value_axis(values_of(plot));
  const Box area = open_area(canvas, axis, plot.y_label, narrow ? 220 : 280);
  draw_value_axis(canvas, axis, area);
  canvas.svg.line({area.left, area.bottom}, {area.right, area.bottom}, {.colour = canvas.theme().axis});
  const double slot = (area.right - area.left) / static_cast<double>(names.size());
  const bool dense = slot < 24;  // such as a learning curve over epochs
  // Series stand a little apart, or their intervals would cover each other.
  const double count = static_cast<double>(plot.series.size());
  const double step = dense ? 0 : std::min(8.0, slot * 0.5 / count);
  for (std::size_t s = 0; s < plot.series.size(); ++s) {
    const double first = area.left + slot / 2 + step * (static_cast<double>(s) - (count - 1) / 2);
    std::vector<SvgPoint> run;
    std::vector<Dot> dots;
    const auto flush = [&] {
      if (run.size() > 1) canvas.svg.polyline(run, {.colour = canvas.colour(s), .width = 1.75, .dash = dash_of(s)});
      run.clear();
    };
    for (std::size_t i = 0; i < plot.series[s].y.size(); ++i) {
      const ReportInterval& y = plot.series[s].y[i];
      if (!drawable(y)) {
        flush();  // a gap, never a bridge over a missing value
        continue;
      }
      dots.push_back(make_dot(axis, area, s, first + slot * static_cast<double>(i), y));
      dots.back().title = mark_title(names[i], plot.series[s].name, y);
      run.push_back(dots.back().at);
    }
    flush();
    for (const auto& dot : dots) draw_dot(canvas, dot, dense);
  }
  draw_categories(canvas, names, slot, area);
  draw_category_title(canvas, plot.x_label, area);
}

void draw_scatter(Canvas& canvas, const Plot& plot) {
  const bool narrow = canvas.style.width < 500;
  std::vector<double> xs;
  const auto shown = [](const PlotSeries& series, std::size_t i) {
    return i < series.x.size() && std::isfinite(series.x[i]) && drawable(series.y[i]);
  };
  for (const auto& series : plot.series)
    for (std::size_t i = 0; i < series.y.size(); ++i)
      if (shown(series, i)) xs.push_back(series.x[i]);
  const Axis vertical = value_axis(values_of(plot)), horizontal = value_axis(xs);
  const Box area = open_area(canvas, vertical, plot.y_label, narrow ? 240 : 340);
  draw_value_axis(canvas, vertical, area);
  draw_bottom_axis(canvas, horizontal, plot.x_label, area);
  canvas.svg.line({area.left, area.bottom}, {area.right, area.bottom}, {.colour = canvas.theme().axis});

  std::vector<Dot> dots;
  for (std::size_t s = 0; s < plot.series.size(); ++s) {
    const PlotSeries& series = plot.series[s];
    for (std::size_t i = 0; i < series.y.size(); ++i) {
      if (!shown(series, i)) continue;
      dots.push_back(make_dot(vertical, area, s, horizontal.at(series.x[i], area.left, area.right), series.y[i]));
      const std::string label = i < series.labels.size() ? series.labels[i] : "";
      dots.back().title = fmt::format("{} at {}", mark_title(label, series.name, series.y[i]), series.x[i]);
      dots.back().label = shorten(label, (area.right - area.left) * 0.5, kFont);
    }
  }
  std::vector<LabelPoint> points;
  points.reserve(dots.size());
  for (const auto& dot : dots) points.push_back({dot.at.x, dot.at.y, text_width(dot.label, kFont), 5});
  const auto boxes = place_labels(points, kLineHeight - 2, {area.left, area.top - 6, area.right + 12, area.bottom});
  for (std::size_t i = 0; i < dots.size(); ++i) {
    draw_dot(canvas, dots[i], false);
    if (!boxes[i] || dots[i].label.empty()) continue;
    const Box& box = *boxes[i];
    const SvgPoint nearest{std::clamp(dots[i].at.x, box.left, box.right),
                           std::clamp(dots[i].at.y, box.top + 3, box.bottom - 3)};
    if (std::hypot(nearest.x - dots[i].at.x, nearest.y - dots[i].at.y) > 14)
      canvas.svg.line(dots[i].at, nearest, {.colour = canvas.theme().axis, .width = 0.75});
    canvas.svg.text({box.left, box.bottom - 3}, dots[i].label, canvas.theme().ink, {.size = kFont});
  }
}

}  // namespace genre
