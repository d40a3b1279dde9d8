#include <fmt/format.h>

#include <algorithm>

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

std::string value_label(const ReportInterval& y) { return short_number(y.value, kValueDigits); }

double widest_value(const Plot& plot) {
  double out = 0;
  for (const auto& series : plot.series)
    for (const auto& y : series.y) out = std::max(out, text_width(value_label(y), kFont));
  return out;
}

// The value axis in either direction; a bar runs along it from zero and takes `thickness` across.
void draw_bar(Canvas& canvas, const Bars& bars, std::size_t series, std::size_t category, double start,
              double thickness, double from, double to, bool upright) {
  if (category >= bars.plot.series[series].y.size() || !drawable(bars.plot.series[series].y[category])) return;
  const ReportInterval& y = bars.plot.series[series].y[category];
  const auto along = [&](double value) { return bars.axis.at(value, from, to); };
  const double zero = along(0), end = along(y.value), centre = start + thickness / 2;
  const double first = std::min(zero, end), length = std::abs(end - zero);
  canvas.svg.open_mark(mark_title(bars.names[category], bars.plot.series[series].name, y));
  if (upright)
    canvas.svg.rectangle({start, first}, thickness, length, canvas.colour(series));
  else
    canvas.svg.rectangle({first, start}, length, thickness, canvas.colour(series));
  double tip_low = std::min(y.value, 0.0), tip_high = std::max(y.value, 0.0);
  if (has_interval(y)) {
    // A halo keeps the whisker visible where it lies on its own bar.
    const double low = along(y.low), high = along(y.high);
    const auto at = [&](double v) { return upright ? SvgPoint{centre, v} : SvgPoint{v, centre}; };
    canvas.svg.line(at(low), at(high), {.colour = canvas.theme().background, .width = 3.5});
    draw_interval(canvas, centre, low, high, upright, canvas.theme().ink);
    tip_low = std::min(tip_low, y.low), tip_high = std::max(tip_high, y.high);
  }
  canvas.svg.close_mark();
  if (!bars.values) return;
  const bool negative = y.value < 0;
  const double tip = along(negative ? tip_low : tip_high);
  const std::string text = value_label(y);
  if (upright)
    canvas.svg.text({centre, negative ? tip + 15 : tip - 6}, text, canvas.theme().ink,
                    {.size = kFont, .anchor = Anchor::kMiddle});
  else
    canvas.svg.text({negative ? tip - 6 : tip + 6, centre + 4}, text, canvas.theme().ink,
                    {.size = kFont, .anchor = negative ? Anchor::kEnd : Anchor::kStart});
}

void draw_upright(Canvas& canvas, const Bars& bars, double height) {
  const double left = tick_width(bars.axis) + 12;
  if (const std::string title = axis_title(bars.plot.y_label, bars.axis); !title.empty()) {
    canvas.svg.text({4, canvas.top + 12}, shorten(title, canvas.style.width - 8, kFont), canvas.theme().ink,
                    {.size = kFont});
    canvas.top += kLineHeight + 4;
  }
  const Box area{left, canvas.top + 20, canvas.style.width - 4, canvas.top + 20 + height};
  draw_value_axis(canvas, bars.axis, area);
  const double slot = (area.right - area.left) / static_cast<double>(bars.names.size());
  const double group = std::min(slot * 0.72, 64.0 * static_cast<double>(bars.series()));
  const double thickness = group / static_cast<double>(bars.series());
  for (std::size_t c = 0; c < bars.names.size(); ++c)
    for (std::size_t s = 0; s < bars.series(); ++s)
      draw_bar(canvas, bars, s, c,
               area.left + slot * (static_cast<double>(c) + 0.5) - group / 2 + thickness * static_cast<double>(s),
               thickness * (bars.series() > 1 ? 0.9 : 1), area.bottom, area.top, true);
  const double zero = bars.axis.at(0, area.bottom, area.top);
  canvas.svg.line({area.left, zero}, {area.right, zero}, {.colour = canvas.theme().axis});
  canvas.top = draw_categories(canvas, bars.names, area.left + slot / 2, slot, area);
  if (!bars.plot.x_label.empty()) {
    canvas.svg.text({(area.left + area.right) / 2, canvas.top + 12},
                    shorten(bars.plot.x_label, canvas.style.width - 8, kFont), canvas.theme().ink,
                    {.size = kFont, .anchor = Anchor::kMiddle});
    canvas.top += kLineHeight + 4;
  }
}

void draw_sideways(Canvas& canvas, const Bars& bars) {
  double name_width = 0;
  for (const auto& name : bars.names) name_width = std::max(name_width, text_width(name, kFont));
  name_width = std::min(name_width, canvas.style.width * 0.4);
  const double bar = bars.series() == 1 ? 18 : 12, gap = bars.series() == 1 ? 10 : 12;
  const double row = bar * static_cast<double>(bars.series()) + gap;
  const double margin = bars.values ? bars.value_width + 8 : 14;
  const bool negative = bars.axis.low < 0;
  const Box area{name_width + 10 + (negative && bars.values ? margin : 0), canvas.top + 6, canvas.style.width - margin,
                 canvas.top + 6 + row * static_cast<double>(bars.names.size())};
  const double bottom = draw_bottom_axis(canvas, bars.axis, bars.plot.y_label, area, true);
  for (std::size_t c = 0; c < bars.names.size(); ++c) {
    const double top = area.top + row * static_cast<double>(c) + gap / 2;
    canvas.svg.text({name_width, top + (row - gap) / 2 + 4}, shorten(bars.names[c], name_width, kFont),
                    canvas.theme().ink, {.size = kFont, .anchor = Anchor::kEnd});
    for (std::size_t s = 0; s < bars.series(); ++s)
      draw_bar(canvas, bars, s, c, top + bar * static_cast<double>(s), bars.series() > 1 ? bar * 0.9 : bar, area.left,
               area.right, false);
  }
  const double zero = bars.axis.at(0, area.left, area.right);
  canvas.svg.line({zero, area.top}, {zero, area.bottom}, {.colour = canvas.theme().axis});
  canvas.top = bottom;
}

}  // namespace

void draw_bars(Canvas& canvas, const Plot& plot) {
  const bool narrow = canvas.style.width < 500;
  Bars bars{
      .plot = plot, .names = category_names(plot), .axis = {}, .values = false, .value_width = widest_value(plot)};
  bars.axis = make_axis(values_of(plot), narrow ? 4 : 6, /*from_zero=*/true);
  const double slot = (canvas.style.width - tick_width(bars.axis) - 16) / static_cast<double>(bars.names.size());
  double widest = 0;
  for (const auto& name : bars.names) widest = std::max(widest, text_width(name, kFont));
  const bool few = bars.names.size() * bars.series() <= kMostValues && bars.series() == 1;
  const bool upright = bars.names.size() > kMostRows || widest <= slot - 6;
  bars.values = few && (!upright || bars.value_width <= slot - 4);
  if (upright)
    draw_upright(canvas, bars, narrow ? 200 : 260);
  else
    draw_sideways(canvas, bars);
}

}  // namespace genre
