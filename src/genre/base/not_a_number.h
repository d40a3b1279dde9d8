// The double that stands for a number that does not exist: a mean of nothing, a metric that was not asked for.
#pragma once

#include <limits>

namespace genre {

inline constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

}  // namespace genre
