#include <fmt/format.h>

#include "genre/track/plot_frame.h"

namespace genre {
namespace {

// What a reader who does not see the drawing is told.
std::string spoken_label(const Plot& plot, std::size_t points) {
  static constexpr const char* kKinds[] = {"Bar chart", "Line chart", "Scatter plot", "Line chart"};
  std::string out = kKinds[static_cast<int>(plot.kind)];
  if (!plot.title.empty()) out += ": " + plot.title;
  if (!plot.y_label.empty()) out += fmt::format("; {}", plot.y_label);
  if (!plot.x_label.empty()) out += fmt::format(" by {}", plot.x_label);
  return out + fmt::format("; {} values in {} series", points, plot.series.size());
}

std::size_t drawn_points(const Plot& plot) {
  std::size_t out = 0;
  for (const auto& series : plot.series)
    for (std::size_t i = 0; i < series.y.size(); ++i)
      out += drawable(series.y[i]) && (!has_numeric_x(plot) || i < series.x.size()) ? 1 : 0;
  return out;
}

void draw_nothing(Canvas& canvas) {
  canvas.svg.text({canvas.style.width / 2, canvas.top + 52}, "no values to show", canvas.theme().muted,
                  {.size = 13, .anchor = Anchor::kMiddle});
  canvas.top += 100;
}

}  // namespace

std::string draw_plot(const Plot& plot, const PlotStyle& style) {
  const double margin = style.standalone ? 16 : 0;
  const PlotStyle inner{style.theme, style.width - 2 * margin, style.standalone};
  Canvas canvas{.style = inner, .svg = {}, .top = 2};
  draw_head(canvas, plot);
  if (values_of(plot).empty()) {
    draw_nothing(canvas);
  } else {
    switch (plot.kind) {
      case Plot::Kind::kBars:
        draw_bars(canvas, plot);
        break;
      case Plot::Kind::kLines:
        draw_lines(canvas, plot);
        break;
      case Plot::Kind::kScatter:
        draw_scatter(canvas, plot);
        break;
      case Plot::Kind::kCurves:
        draw_curves(canvas, plot);
        break;
    }
  }
  const double height = canvas.top + 4;
  return canvas.svg.finish({.width = style.width,
                            .height = height + 2 * margin,
                            .margin = margin,
                            .label = spoken_label(plot, drawn_points(plot)),
                            .background = style.standalone ? style.theme.background : "",
                            .standalone = style.standalone});
}

std::string plot_svg(const Plot& plot) { return draw_plot(plot, {light_theme(), 760, true}); }

}  // namespace genre
