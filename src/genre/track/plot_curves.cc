#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "genre/track/plot_frame.h"
#include "genre/track/text_extent.h"

namespace genre {
namespace {

bool shown(const PlotSeries& series, std::size_t i) {
  return i < series.x.size() && std::isfinite(series.x[i]) && drawable(series.y[i]);
}

// Stretches of consecutive values; what is missing ends one.
std::vector<std::vector<std::size_t>> stretches(const PlotSeries& series) {
  std::vector<std::vector<std::size_t>> out(1);
  for (std::size_t i = 0; i < series.y.size(); ++i) {
    if (shown(series, i))
      out.back().push_back(i);
    else if (!out.back().empty())
      out.emplace_back();
  }
  if (out.back().empty()) out.pop_back();
  return out;
}

}  // namespace

void draw_curves(Canvas& canvas, const Plot& plot) {
  std::vector<double> xs;
  for (const auto& series : plot.series)
    for (std::size_t i = 0; i < series.y.size(); ++i)
      if (shown(series, i)) xs.push_back(series.x[i]);
  const Axis vertical = value_axis(values_of(plot)), horizontal = make_axis(xs, 6, false);
  draw_value_title(canvas, vertical, plot.y_label);
  const double last = horizontal.labels.empty() ? 12 : std::max(12.0, text_width(horizontal.labels.back(), kFont) / 2);
  const Box area{tick_width(vertical) + 12, canvas.top + 8, canvas.style.width - last - 2,
                 canvas.top + 8 + (canvas.style.width < 500 ? 220 : 280)};
  draw_value_axis(canvas, vertical, area);
  draw_bottom_axis(canvas, horizontal, plot.x_label, area);
  canvas.svg.line({area.left, area.bottom}, {area.right, area.bottom}, {.colour = canvas.theme().axis});

  for (std::size_t s = 0; s < plot.series.size(); ++s) {
    const PlotSeries& series = plot.series[s];
    const std::string& colour = canvas.colour(s);
    // A dense first line is thin, so that those over it stay visible.
    const double width = s == 0 && plot.series.size() > 1 && series.y.size() > 100 ? 0.75 : 1.5;
    const auto at = [&](std::size_t i, double y) {
      return SvgPoint{horizontal.at(series.x[i], area.left, area.right), vertical.at(y, area.bottom, area.top)};
    };
    for (const auto& stretch : stretches(series)) {
      std::vector<SvgPoint> line, band, back;
      for (const std::size_t i : stretch) {
        const ReportInterval& y = series.y[i];
        line.push_back(at(i, y.value));
        band.push_back(at(i, has_interval(y) ? y.high : y.value));
        back.push_back(at(i, has_interval(y) ? y.low : y.value));
      }
      band.insert(band.end(), back.rbegin(), back.rend());
      if (std::any_of(stretch.begin(), stretch.end(), [&](std::size_t i) { return has_interval(series.y[i]); }))
        canvas.svg.area(band, colour, 0.2);
      if (line.size() > 1) canvas.svg.polyline(line, {.colour = colour, .width = width, .dash = dash_of(s)});
    }
    for (std::size_t i = 0; i < series.y.size() && series.y.size() <= kMostCurveMarks; ++i) {
      if (!shown(series, i)) continue;
      canvas.svg.open_mark(mark_title(short_number(series.x[i], 12), series.name, series.y[i]));
      canvas.svg.marker(at(i, series.y[i].value), s, 3.5, colour);
      canvas.svg.close_mark();
    }
  }
}

}  // namespace genre
