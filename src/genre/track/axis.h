// A numeric axis with round ticks.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace genre {

// Ticks are multiples of one step out of 1, 2, 2.5 or 5 times a power of ten; low and high are the first and the last.
struct Axis {
  double low = 0, high = 1;
  std::vector<double> ticks;        // ascending
  std::vector<std::string> labels;  // one a tick, all with the same number of decimals
  double unit = 1;                  // labels are in this unit
  std::string scale;                // "×10⁶" where the unit is not 1, else empty

  // Where `value` lies between `from` (low) and `to` (high); values outside are moved to the nearer end.
  double at(double value, double from, double to) const;
};

// The axis that holds every finite value, with about `target` ticks (2 to target + 3). Without finite values it is
// 0 to 1; around a single value it is centred. `from_zero` makes zero a part of the axis, as bars need.
Axis make_axis(std::span<const double> values, int target, bool from_zero);

// Axis of five ticks or so, from zero where the values begin in the lower half of what they reach.
Axis value_axis(std::span<const double> values);

// `value` with `digits` significant digits, without trailing zeros; tiny and huge ones in scientific notation.
std::string short_number(double value, int digits);

}  // namespace genre
