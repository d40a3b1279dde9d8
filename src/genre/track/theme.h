// Colours of reports and plots, light and dark. Every mark has a contrast of at least 3 to 1 with its background, every
// text 4.5 to 1, and the series stay apart under red- and green-blindness (Machado et al., IEEE TVCG 2009); a shape and
// a dash pattern say the same as the colour.
#pragma once

#include <array>
#include <string>

namespace genre {

struct Theme {
  std::string background, panel;  // page; boxes and code on it
  std::string ink, muted;         // text; secondary text
  std::string grid, axis;         // hair lines; axis lines
  std::string accent;             // links
  std::array<std::string, 8> series;
};

const Theme& light_theme();
const Theme& dark_theme();
// References to CSS variables, so that one drawing follows the page: "var(--ink)", "var(--series-1)".
const Theme& page_theme();
// Declarations of those variables: "--ink:#1b1f24;...".
std::string theme_variables(const Theme& theme);

}  // namespace genre
