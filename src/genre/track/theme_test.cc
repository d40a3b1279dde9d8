#include "genre/track/theme.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

namespace genre {
namespace {

using Vector = std::array<double, 3>;
using Matrix = std::array<Vector, 3>;

Vector times(const Matrix& m, const Vector& v) {
  Vector out{};
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 3; ++j) out[i] += m[i][j] * v[j];
  return out;
}

Vector linear(const std::string& hex) {
  Vector out{};
  for (int i = 0; i < 3; ++i) {
    const double c = std::stoi(hex.substr(1 + 2 * i, 2), nullptr, 16) / 255.0;
    out[i] = c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4);
  }
  return out;
}

// WCAG 2.2 contrast ratio.
double contrast(const std::string& a, const std::string& b) {
  const auto luminance = [](const Vector& c) { return 0.2126 * c[0] + 0.7152 * c[1] + 0.0722 * c[2]; };
  const double x = luminance(linear(a)), y = luminance(linear(b));
  return (std::max(x, y) + 0.05) / (std::min(x, y) + 0.05);
}

// Ottosson's OKLab, in which distance is close to perceived difference.
Vector oklab(const Vector& c) {
  Vector lms = times({{{.4122214708, .5363325363, .0514459929},
                       {.2119034982, .6806995451, .1073969566},
                       {.0883024619, .2817188376, .6299787005}}},
                     c);
  for (double& v : lms) v = std::cbrt(std::max(v, 0.0));
  return times({{{.2104542553, .7936177850, -.0040720468},
                 {1.9779984951, -2.4285922050, .4505937099},
                 {.0259040371, .7827717662, -.8086757660}}},
               lms);
}

// Machado et al. 2009, severity 1: nothing, protanopia, deuteranopia.
constexpr Matrix kVision[] = {
    {{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}},
    {{{.152286, 1.052583, -.204868}, {.114503, .786281, .099216}, {-.003882, -.048116, 1.051998}}},
    {{{.367322, .860646, -.227968}, {.280085, .672501, .047413}, {-.011820, .042940, .968881}}}};

double distance(const std::string& a, const std::string& b, const Matrix& vision) {
  const auto seen = [&](const std::string& hex) {
    Vector c = times(vision, linear(hex));
    for (double& v : c) v = std::clamp(v, 0.0, 1.0);
    return oklab(c);
  };
  const Vector x = seen(a), y = seen(b);
  return std::hypot(x[0] - y[0], x[1] - y[1], x[2] - y[2]);
}

}  // namespace

TEST(Theme, TextAndMarksStandOutInLightAndDark) {
  for (const Theme* theme : {&light_theme(), &dark_theme()}) {
    for (const auto& text : {theme->ink, theme->muted, theme->accent}) {
      EXPECT_GE(contrast(text, theme->background), 4.5) << text;
      EXPECT_GE(contrast(text, theme->panel), 4.5) << text;
    }
    for (const auto& mark : theme->series) EXPECT_GE(contrast(mark, theme->background), 2.99) << mark;
    EXPECT_GE(contrast(theme->axis, theme->background), 3) << theme->axis;
  }
}

TEST(Theme, SeriesStayApartForColourBlindReaders) {
  for (const Theme* theme : {&light_theme(), &dark_theme()})
    for (const Matrix& vision : kVision)
      for (std::size_t a = 0; a < theme->series.size(); ++a)
        for (std::size_t b = 0; b < a; ++b)
          EXPECT_GE(distance(theme->series[a], theme->series[b], vision), 0.1)
              << theme->series[a] << " " << theme->series[b];
}

TEST(Theme, PageThemeNamesEveryVariableThatThemesDefine) {
  const std::string defined = theme_variables(light_theme());
  for (const std::string& use : {page_theme().background, page_theme().ink, page_theme().muted, page_theme().grid,
                                 page_theme().axis, page_theme().series[7]}) {
    ASSERT_TRUE(use.starts_with("var(--")) << use;
    EXPECT_NE(defined.find(use.substr(4, use.size() - 5) + ":#"), std::string::npos) << use;
  }
}

}  // namespace genre
