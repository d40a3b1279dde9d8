#include "genre/track/plot_frame.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "genre/track/text_extent.h"

namespace genre {

std::string_view dash_of(std::size_t series) {
  static constexpr std::string_view kDashes[] = {"", "7 3", "2 3", "8 3 2 3"};
  return kDashes[series / 8 % 4];
}

void draw_head(Canvas& canvas, const Plot& plot) {
  const double width = canvas.style.width;
  if (canvas.style.standalone && !plot.title.empty()) {
    for (const auto& line : wrap(plot.title, width - 8, 15, 2)) {
      canvas.svg.text({4, canvas.top + 16}, line, canvas.theme().ink, {.size = 15, .bold = true});
      canvas.top += 20;
    }
    canvas.top += 6;
  }
  if (plot.series.size() < 2) return;
  constexpr double kMark = 26, kGap = 16;
  double x = 4, row = canvas.top + kLineHeight / 2;
  for (std::size_t s = 0; s < plot.series.size(); ++s) {
    const std::string name = shorten(plot.series[s].name, std::min(width * 0.7, 260.0), kFont);
    const double needed = kMark + text_width(name, kFont);
    if (x > 4 && x + needed > width) x = 4, row += kLineHeight + 2;
    if (plot.kind == Plot::Kind::kBars) {
      canvas.svg.rectangle({x + 8, row - 5}, 11, 11, canvas.colour(s));
    } else {
      if (plot.kind == Plot::Kind::kLines || plot.kind == Plot::Kind::kCurves)
        canvas.svg.line({x, row}, {x + 20, row}, {.colour = canvas.colour(s), .width = 1.75, .dash = dash_of(s)});
      if (plot.kind != Plot::Kind::kCurves || plot.series[s].y.size() <= kMostCurveMarks)
        canvas.svg.marker({x + 10, row}, s, 4, canvas.colour(s));
    }
    canvas.svg.text({x + kMark, row + 4}, name, canvas.theme().ink, {.size = kFont});
    x += needed + kGap;
  }
  canvas.top = row + kLineHeight;
}

std::string axis_title(std::string_view label, const Axis& axis) {
  if (axis.scale.empty()) return std::string(label);
  return label.empty() ? axis.scale : fmt::format("{}, {}", label, axis.scale);
}

double tick_width(const Axis& axis) {
  double out = 0;
  for (const auto& label : axis.labels) out = std::max(out, text_width(label, kFont));
  return out;
}

void draw_value_axis(Canvas& canvas, const Axis& axis, const Box& area) {
  for (std::size_t i = 0; i < axis.ticks.size(); ++i) {
    const double y = axis.at(axis.ticks[i], area.bottom, area.top);
    canvas.svg.line({area.left, y}, {area.right, y}, {.colour = canvas.theme().grid});
    canvas.svg.text({area.left - 8, y + 4}, axis.labels[i], canvas.theme().muted,
                    {.size = kFont, .anchor = Anchor::kEnd});
  }
}

void draw_bottom_axis(Canvas& canvas, const Axis& axis, std::string_view label, const Box& area) {
  for (std::size_t i = 0; i < axis.ticks.size(); ++i) {
    const double x = axis.at(axis.ticks[i], area.left, area.right);
    canvas.svg.line({x, area.top}, {x, area.bottom}, {.colour = canvas.theme().grid});
    canvas.svg.text({x, area.bottom + 17}, axis.labels[i], canvas.theme().muted,
                    {.size = kFont, .anchor = Anchor::kMiddle});
  }
  canvas.top = area.bottom + 24;
  draw_category_title(canvas, axis_title(label, axis), area);
}

void draw_value_title(Canvas& canvas, const Axis& axis, std::string_view label) {
  const std::string title = axis_title(label, axis);
  if (title.empty()) return;
  canvas.svg.text({4, canvas.top + 12}, shorten(title, canvas.style.width - 8, kFont), canvas.theme().ink,
                  {.size = kFont});
  canvas.top += kLineHeight + 4;
}

void draw_category_title(Canvas& canvas, std::string_view label, const Box& area) {
  if (label.empty()) return;
  canvas.svg.text({(area.left + area.right) / 2, canvas.top + 12}, shorten(label, canvas.style.width - 8, kFont),
                  canvas.theme().ink, {.size = kFont, .anchor = Anchor::kMiddle});
  canvas.top += kLineHeight + 4;
}

void draw_categories(Canvas& canvas, const std::vector<std::string>& names, double slot, const Box& area) {
  const auto centre = [&](std::size_t i) { return area.left + slot * (static_cast<double>(i) + 0.5); };
  const auto fits = [&](int lines) {
    return std::all_of(names.begin(), names.end(), [&](const std::string& name) {
      std::string joined;
      for (const auto& line : wrap(name, slot - 6, kFont, lines)) joined += (joined.empty() ? "" : " ") + line;
      return joined == name;
    });
  };
  for (const int lines : {1, 2, 3}) {
    if (!fits(lines)) continue;
    for (std::size_t i = 0; i < names.size(); ++i) {
      double y = area.bottom + 17;
      for (const auto& line : wrap(names[i], slot - 6, kFont, lines)) {
        canvas.svg.text({centre(i), y}, line, canvas.theme().muted, {.size = kFont, .anchor = Anchor::kMiddle});
        y += kLineHeight - 1;
      }
    }
    canvas.top = area.bottom + 8 + lines * kLineHeight;
    return;
  }
  double widest = 0;
  for (const auto& name : names) widest = std::max(widest, text_width(name, kFont));
  constexpr double kShort = 48;  // numbers, such as epochs: every n-th says enough
  const auto every_for = [&](double room) { return static_cast<std::size_t>(std::max(1.0, std::ceil(room / slot))); };
  if (widest <= kShort) {
    const std::size_t every = every_for(widest + 14);
    for (std::size_t i = 0; i < names.size(); i += every)
      canvas.svg.text({centre(i), area.bottom + 17}, names[i], canvas.theme().muted,
                      {.size = kFont, .anchor = Anchor::kMiddle});
    canvas.top = area.bottom + 8 + kLineHeight;
    return;
  }
  // Turned names need a line height each. They run down to the left and end at the left edge.
  constexpr double kTurn = -35, kCosine = 0.819, kSine = 0.574, kLongest = 130;
  const std::size_t every = every_for((kLineHeight + 4) / kCosine);
  double depth = 0;
  for (std::size_t i = 0; i < names.size(); i += every) {
    const std::string name = shorten(names[i], std::min(kLongest, (centre(i) - 2) / kCosine), kFont);
    canvas.svg.text({centre(i) + 4, area.bottom + 15}, name, canvas.theme().muted,
                    {.size = kFont, .anchor = Anchor::kEnd, .turn = kTurn});
    depth = std::max(depth, text_width(name, kFont) * kSine);
  }
  canvas.top = area.bottom + 22 + depth;
}

bool drawable(const ReportInterval& y) { return std::isfinite(y.value); }

bool has_interval(const ReportInterval& y) {
  return drawable(y) && std::isfinite(y.low) && std::isfinite(y.high) && y.low < y.high;
}

std::vector<double> values_of(const Plot& plot) {
  std::vector<double> out;
  for (const auto& series : plot.series) {
    for (std::size_t i = 0; i < series.y.size(); ++i) {
      if (!drawable(series.y[i])) continue;
      if (has_numeric_x(plot) && (i >= series.x.size() || !std::isfinite(series.x[i]))) continue;
      out.push_back(series.y[i].value);
      if (has_interval(series.y[i])) out.insert(out.end(), {series.y[i].low, series.y[i].high});
    }
  }
  return out;
}

std::size_t category_count(const Plot& plot) {
  std::size_t out = plot.categories.size();
  for (const auto& series : plot.series) out = std::max(out, series.y.size());
  return out;
}

std::vector<std::string> category_names(const Plot& plot) {
  std::vector<std::string> out = plot.categories;
  while (out.size() < category_count(plot)) out.push_back(std::to_string(out.size() + 1));
  return out;
}

std::string mark_title(std::string_view what, std::string_view series, const ReportInterval& y) {
  std::string out(what);
  if (!series.empty()) out += (out.empty() ? "" : ", ") + std::string(series);
  out += fmt::format("{}{}", out.empty() ? "" : ": ", y.value);
  if (has_interval(y)) out += fmt::format(" [{}, {}]", y.low, y.high);
  return out;
}

void draw_interval(Canvas& canvas, double at, double low, double high, bool upright, const SvgStroke& stroke,
                   double cap) {
  const auto point = [&](double along, double across) {
    return upright ? SvgPoint{at + across, along} : SvgPoint{along, at + across};
  };
  canvas.svg.line(point(low, 0), point(high, 0), stroke);
  if (cap <= 0) return;
  for (const double end : {low, high}) canvas.svg.line(point(end, -cap), point(end, cap), stroke);
}

}  // namespace genre
