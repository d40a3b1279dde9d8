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
      if (plot.kind == Plot::Kind::kLines)
        canvas.svg.line({x, row}, {x + 20, row}, {.colour = canvas.colour(s), .width = 1.75, .dash = dash_of(s)});
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

double draw_bottom_axis(Canvas& canvas, const Axis& axis, std::string_view label, const Box& area, bool grid) {
  for (std::size_t i = 0; i < axis.ticks.size(); ++i) {
    const double x = axis.at(axis.ticks[i], area.left, area.right);
    if (grid) canvas.svg.line({x, area.top}, {x, area.bottom}, {.colour = canvas.theme().grid});
    canvas.svg.text({x, area.bottom + 17}, axis.labels[i], canvas.theme().muted,
                    {.size = kFont, .anchor = Anchor::kMiddle});
  }
  const std::string title = axis_title(label, axis);
  if (title.empty()) return area.bottom + 24;
  canvas.svg.text({(area.left + area.right) / 2, area.bottom + 36}, shorten(title, canvas.style.width - 8, kFont),
                  canvas.theme().ink, {.size = kFont, .anchor = Anchor::kMiddle});
  return area.bottom + 44;
}

double draw_categories(Canvas& canvas, const std::vector<std::string>& names, double first_centre, double slot,
                       const Box& area) {
  const double room = slot - 6;
  const auto fits = [&](int lines) {
    return std::all_of(names.begin(), names.end(), [&](const std::string& name) {
      const auto whole = wrap(name, 1e9, kFont, lines), wrapped = wrap(name, room, kFont, lines);
      std::string joined;
      for (const auto& line : wrapped) joined += (joined.empty() ? "" : " ") + line;
      return joined == name || (whole.size() == 1 && wrapped.size() == 1 && wrapped[0] == whole[0]);
    });
  };
  const auto centre = [&](std::size_t i) { return first_centre + static_cast<double>(i) * slot; };
  for (const int lines : {1, 2, 3}) {
    if (!fits(lines)) continue;
    for (std::size_t i = 0; i < names.size(); ++i) {
      double y = area.bottom + 17;
      for (const auto& line : wrap(names[i], room, kFont, lines)) {
        canvas.svg.text({centre(i), y}, line, canvas.theme().muted, {.size = kFont, .anchor = Anchor::kMiddle});
        y += kLineHeight - 1;
      }
    }
    return area.bottom + 8 + lines * kLineHeight;
  }
  // Turned labels need a line height each; beyond that every n-th is shown.
  const auto every = static_cast<std::size_t>(std::max(1.0, std::ceil((kLineHeight + 4) / slot)));
  constexpr double kTurn = -35, kLongest = 130;
  double depth = 0;
  for (std::size_t i = 0; i < names.size(); i += every) {
    // The text runs down to the left: it has no more room than there is to the left edge.
    const std::string name = shorten(names[i], std::min(kLongest, (centre(i) - 2) / 0.82), kFont);
    canvas.svg.text({centre(i) + 4, area.bottom + 15}, name, canvas.theme().muted,
                    {.size = kFont, .anchor = Anchor::kEnd, .turn = kTurn});
    depth = std::max(depth, text_width(name, kFont) * 0.574);
  }
  return area.bottom + 22 + depth;
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
      if (plot.kind == Plot::Kind::kScatter && (i >= series.x.size() || !std::isfinite(series.x[i]))) continue;
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

void draw_interval(Canvas& canvas, double at, double low, double high, bool upright, std::string_view colour) {
  constexpr double kCap = 3.5;
  const SvgStroke stroke{.colour = colour, .width = 1.25};
  const auto point = [&](double along, double across) {
    return upright ? SvgPoint{at + across, along} : SvgPoint{along, at + across};
  };
  canvas.svg.line(point(low, 0), point(high, 0), stroke);
  for (const double end : {low, high}) canvas.svg.line(point(end, -kCap), point(end, kCap), stroke);
}

}  // namespace genre
