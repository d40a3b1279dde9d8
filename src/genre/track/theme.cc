#include "genre/track/theme.h"

#include <fmt/format.h>

namespace genre {

const Theme& light_theme() {
  static const Theme theme{
      .background = "#ffffff",
      .panel = "#f5f6f8",
      .ink = "#1b1f24",
      .muted = "#57606a",
      .grid = "#e3e6ea",
      .axis = "#868e98",
      .accent = "#2f4ac0",
      .series = {"#354cc5", "#965901", "#3f9f9b", "#3f007d", "#c38614", "#4f8ef4", "#78466a", "#2e2e2e"}};
  return theme;
}

const Theme& dark_theme() {
  static const Theme theme{
      .background = "#14171c",
      .panel = "#1d2128",
      .ink = "#e8eaed",
      .muted = "#a3abb5",
      .grid = "#2c323b",
      .axis = "#77808b",
      .accent = "#9ec1ff",
      .series = {"#9ec1ff", "#e99c18", "#a8f8da", "#a178fc", "#f5ec26", "#6270a8", "#d2403c", "#8d949b"}};
  return theme;
}

const Theme& page_theme() {
  static const Theme theme = [] {
    Theme out{.background = "var(--background)",
              .panel = "var(--panel)",
              .ink = "var(--ink)",
              .muted = "var(--muted)",
              .grid = "var(--grid)",
              .axis = "var(--axis)",
              .accent = "var(--accent)",
              .series = {}};
    for (std::size_t i = 0; i < out.series.size(); ++i) out.series[i] = fmt::format("var(--series-{})", i + 1);
    return out;
  }();
  return theme;
}

std::string theme_variables(const Theme& theme) {
  std::string out =
      fmt::format("--background:{};--panel:{};--ink:{};--muted:{};--grid:{};--axis:{};--accent:{};", theme.background,
                  theme.panel, theme.ink, theme.muted, theme.grid, theme.axis, theme.accent);
  for (std::size_t i = 0; i < theme.series.size(); ++i) out += fmt::format("--series-{}:{};", i + 1, theme.series[i]);
  return out;
}

}  // namespace genre
