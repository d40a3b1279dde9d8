// Long series of a training made fit to be drawn.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "genre/track/report.h"

namespace genre {

struct Curve {
  std::vector<double> x;          // the middle of the steps of a point
  std::vector<ReportInterval> y;  // their mean, least and greatest value
  std::int64_t steps_a_point = 1;
};

// At most `most` points, each of the same number of consecutive values; the last may have fewer. What is not finite is
// left out of its point; a point of nothing else is NaN.
Curve thin(std::span<const std::int64_t> steps, std::span<const double> values, std::size_t most = 500);

// Exponential moving average in which a value that is `length` steps old counts 1/e of a new one, without the pull
// towards 0 of a short past (Kingma and Ba 2015, section 3). What is not finite changes nothing.
std::vector<double> smooth(std::span<const double> values, double length);

}  // namespace genre
