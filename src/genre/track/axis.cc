#include "genre/track/axis.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace genre {
namespace {

constexpr double kLargest = 1e300, kSmallest = 1e-300;  // beyond these, differences and powers overflow

double power_of_ten(int exponent) { return std::pow(10.0, exponent); }

int exponent_of(double value) { return static_cast<int>(std::floor(std::log10(value))); }

// The smallest round step that needs at most `target` steps for the range.
double round_step(double range, int target) {
  const double raw = range / target;
  const double unit = power_of_ten(exponent_of(raw));
  for (const double factor : {1.0, 2.0, 2.5, 5.0})
    if (factor * unit >= raw * (1 - 1e-9)) return factor * unit;
  return 10 * unit;
}

// Decimals that tell multiples of `step` apart.
int decimals_of(double step) {
  for (int decimals = 0; decimals < 12; ++decimals) {
    const double scaled = step * power_of_ten(decimals);
    if (std::abs(scaled - std::round(scaled)) < 1e-6 * std::max(1.0, scaled) && std::round(scaled) >= 1)
      return decimals;
  }
  return 12;
}

std::string superscript(int number) {
  static constexpr const char* kDigits[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
  std::string out = number < 0 ? "⁻" : "";
  for (const char c : std::to_string(std::abs(number))) out += kDigits[c - '0'];
  return out;
}

void label(Axis& axis, double step) {
  const double largest = std::max(std::abs(axis.low), std::abs(axis.high));
  if (largest >= 1e6 || largest < 1e-3) {
    const int exponent = exponent_of(largest);
    axis.unit = power_of_ten(exponent);
    axis.scale = "×10" + superscript(exponent);
  }
  const int decimals = decimals_of(step / axis.unit);
  for (const double tick : axis.ticks) {
    std::string text = fmt::format("{:.{}f}", tick / axis.unit, decimals);
    if (text.front() == '-') text.replace(0, 1, "−");
    axis.labels.push_back(std::move(text));
  }
}

}  // namespace

double Axis::at(double value, double from, double to) const {
  return from + (std::clamp(value, low, high) - low) / (high - low) * (to - from);
}

Axis make_axis(std::span<const double> values, int target, bool from_zero) {
  double low = INFINITY, high = -INFINITY;
  for (const double value : values) {
    if (!std::isfinite(value)) continue;
    low = std::min(low, std::clamp(value, -kLargest, kLargest));
    high = std::max(high, std::clamp(value, -kLargest, kLargest));
  }
  if (low > high) low = 0, high = 1;
  if (from_zero) low = std::min(low, 0.0), high = std::max(high, 0.0);
  const double size = std::max(std::abs(low), std::abs(high));
  // Equal values, or so close that doubles between them run out.
  if (high - low <= size * 1e-9 || high - low < kSmallest) {
    const double margin = size < kSmallest ? 0.5 : size * 0.1;
    low -= margin, high += margin;
  }
  const double step = round_step(high - low, std::max(target, 2));
  const double first = std::floor(low / step + 1e-9), last = std::ceil(high / step - 1e-9);
  Axis axis;
  for (double i = first; i <= last; ++i) axis.ticks.push_back(i == 0 ? 0.0 : i * step);  // no "-0"
  axis.low = axis.ticks.front();
  axis.high = axis.ticks.back();
  label(axis, step);
  return axis;
}

Axis value_axis(std::span<const double> values) {
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  return make_axis(values, 5, !values.empty() && *low >= 0 && *low < *high * 0.5);
}

std::string short_number(double value, int digits) {
  if (!std::isfinite(value)) return "–";
  if (value == 0) return "0";
  const double size = std::abs(value);
  if (size >= 1e6 || size < 1e-4) return fmt::format("{:.{}g}", value, digits);
  const int decimals = std::clamp(digits - 1 - exponent_of(size), 0, 12);
  std::string text = fmt::format("{:.{}f}", value, decimals);
  if (text.find('.') != std::string::npos) {
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
  }
  return text;
}

}  // namespace genre
