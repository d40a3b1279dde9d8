#include <algorithm>
#include <cmath>

#include "genre/track/plot_frame.h"
#include "genre/track/text_extent.h"

namespace genre {
namespace {

constexpr std::size_t kMostRows = 60;    // horizontal bars beyond this make an endless page
constexpr std::size_t kMostValues = 24;  // value labels beyond this are noise
constexpr int kValueDigits = 4;

struct Bars {
  const Plot& plot;
  std::vector<std::string> names;
  Axis axis;
  bool values;         // the value is written at the end of its bar
  double value_width;  // room for that

  std::size_t series() const { return plot.series.size(); }
};

std::string value_label(const Bars& bars, const ReportInterval& y) {
  return short_number(y.value / bars.axis.unit, kValueDigits);
}

double widest_value(const Bars& bars) {
  double out = 0;
  for (const auto& series : bars.plot.series)
    for (const auto& y : series.y) out = std::max(out, text_width(value_label(bars, y), kFont));
  return out;
}

double widest_name(const Bars& bars) {
  double out = 0;
  for (const auto& name : bars.names) out = std::max(out, text_width(name, kFont));
  return out;
}

// The value axis runs from `from` to `to`, upwards or to the right; the bar takes `thickness` across from `start`.
struct Direction {
  bool upright;
  double from, to;
};

void draw_bar(Canvas& canvas, const Bars& bars, std::size_t series, std::size_t category, double start,
              double thickness, const Direction& direction) {
  if (category >= bars.plot.series[series].y.size() || !drawable(bars.plot.series[series].y[category])) return;
  const ReportInterval& y = bars.plot.series[series].y[category];
  const bool upright = direction.upright;
  const auto along = [&](double value) { return bars.axis.at(value, direction.from, direction.to); };
  const double zero = along(0), end = along(y.value), centre = start + thickness / 2;
  const double first = std::min(zero, end), length = std::abs(end - zero);
  canvas.svg.open_mark(mark_title(bars.names[category], bars.plot.series[series].name, y));
  if (upright)
    canvas.svg.rectangle({start, first}, thickness, length, canvas.colour(series));
  else
    canvas.svg.rectangle({first, start}, length, thickness, canvas.colour(series));
  double tip_low = std::min(y.value, 0.0), tip_high = std::max(y.value, 0.0);
  if (has_interval(y)) {
    // The wider line behind keeps the whisker visible where it lies on its own bar.
    const double cap = std::min(3.5, thickness * 0.3);
    draw_interval(canvas, centre, along(y.low), along(y.high), upright,
                  {.colour = canvas.theme().background, .width = 3.5}, cap + 1);
    draw_interval(canvas, centre, along(y.low), along(y.high), upright, {.colour = canvas.theme().ink, .width = 1.25},
                  cap);
    tip_low = std::min(tip_low, y.low), tip_high = std::max(tip_high, y.high);
  }
  canvas.svg.close_mark();
  if (!bars.values) return;
  const bool negative = y.value < 0;
  const double tip = along(negative ? tip_low : tip_high);
  const std::string text = value_label(bars, y);
  if (upright)
    canvas.svg.text({centre, negative ? tip + 15 : tip - 6}, text, canvas.theme().ink,
                    {.size = kFont, .anchor = Anchor::kMiddle});
  else
    canvas.svg.text({negative ? tip - 6 : tip + 6, centre + 4}, text, canvas.theme().ink,
                    {.size = kFont, .anchor = negative ? Anchor::kEnd : Anchor::kStart});
}

void draw_upright(Canvas& canvas, const Bars& bars, double height) {
  draw_value_title(canvas, bars.axis, bars.plot.y_label);
  const double room = bars.values ? 20 : 8;  // for values above the highest bars
  const Box area{tick_width(bars.axis) + 12, canvas.top + room, canvas.style.width - 4, canvas.top + room + height};
  draw_value_axis(canvas, bars.axis, area);
  const auto series = static_cast<double>(bars.series());
  const double slot = (area.right - area.left) / static_cast<double>(bars.names.size());
  const double group = std::min(slot * 0.72, 64 * series), thickness = group / series;
  for (std::size_t c = 0; c < bars.names.size(); ++c) {
    const double start = area.left + slot * (static_cast<double>(c) + 0.5) - group / 2;
    for (std::size_t s = 0; s < bars.series(); ++s)
      draw_bar(canvas, bars, s, c, start + thickness * static_cast<double>(s),
               thickness * (bars.series() > 1 ? 0.9 : 1), {true, area.bottom, area.top});
  }
  const double zero = bars.axis.at(0, area.bottom, area.top);
  canvas.svg.line({area.left, zero}, {area.right, zero}, {.colour = canvas.theme().axis});
  draw_categories(canvas, bars.names, slot, area);
  draw_category_title(canvas, bars.plot.x_label, area);
}

void draw_sideways(Canvas& canvas, const Bars& bars) {
  // Names stand left of their bars, or above them where they would take too much of the width.
  const double widest = widest_name(bars), width = canvas.style.width;
  const bool above = widest > width * 0.36;
  const double bar = bars.series() == 1 ? 18 : 12, gap = 10, head = above ? kLineHeight + 2 : 0;
  const double row = head + bar * static_cast<double>(bars.series()) + gap;
  const double margin = bars.values ? bars.value_width + 8 : 14;
  const double left = above ? 14 : widest + 10;
  const Box area{left + (bars.axis.low < 0 && bars.values ? margin : 0), canvas.top + 6, width - margin,
                 canvas.top + 6 + row * static_cast<double>(bars.names.size())};
  const double row_start = area.top + gap / 2;
  draw_bottom_axis(canvas, bars.axis, bars.plot.y_label, area);
  for (std::size_t c = 0; c < bars.names.size(); ++c) {
    const double top = row_start + row * static_cast<double>(c);
    if (above) {
      // On the page's colour, so that grid lines do not run through the letters.
      const std::string name = shorten(bars.names[c], width - 8, kFont);
      canvas.svg.rectangle({2, top}, text_width(name, kFont) + 6, kLineHeight, canvas.theme().background);
      canvas.svg.text({4, top + 12}, name, canvas.theme().ink, {.size = kFont});
    } else {
      canvas.svg.text({widest, top + (row - gap) / 2 + 4}, bars.names[c], canvas.theme().ink,
                      {.size = kFont, .anchor = Anchor::kEnd});
    }
    for (std::size_t s = 0; s < bars.series(); ++s)
      draw_bar(canvas, bars, s, c, top + head + bar * static_cast<double>(s), bar * (bars.series() > 1 ? 0.9 : 1),
               {false, area.left, area.right});
  }
  const double zero = bars.axis.at(0, area.left, area.right);
  canvas.svg.line({zero, area.top}, {zero, area.bottom}, {.colour = canvas.theme().axis});
}

}  // namespace

void draw_bars(Canvas& canvas, const Plot& plot) {
  const bool narrow = canvas.style.width < 500;
  Bars bars{.plot = plot,
            .names = category_names(plot),
            .axis = make_axis(values_of(plot), narrow ? 4 : 6, /*from_zero=*/true),
            .values = false,
            .value_width = 0};
  bars.value_width = widest_value(bars);
  const double slot = (canvas.style.width - tick_width(bars.axis) - 16) / static_cast<double>(bars.names.size());
  const bool upright = bars.names.size() > kMostRows || widest_name(bars) <= slot - 6;
  bars.values = bars.series() == 1 && bars.names.size() <= kMostValues && (!upright || bars.value_width <= slot - 4);
  if (upright)
    draw_upright(canvas, bars, narrow ? 200 : 260);
  else
    draw_sideways(canvas, bars);
}

}  // namespace genre
