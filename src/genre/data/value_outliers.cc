#include "genre/data/value_outliers.h"

#include <algorithm>
#include <cmath>

#include "genre/data/user_order.h"

namespace genre {
namespace {

constexpr double kNormalQuartile = 0.6745;  // the MAD of a normal distribution, in standard deviations

// Reorders `values`; the mean of the two in the middle where their number is even.
double median(std::vector<double>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  const double upper = *middle;
  return values.size() % 2 == 1 ? upper : (upper + *std::max_element(values.begin(), middle)) / 2;
}

}  // namespace

void drop_value_outliers(EventColumns& events, double largest) {
  UserOrder order = order_by_user(events.user);
  std::vector<std::uint8_t> keep(events.user.size(), 1);
  std::vector<double> values;
  for (std::int32_t user = 0; user < order.users(); ++user) {
    const auto rows = order.of(user);
    std::sort(rows.begin(), rows.end(),
              [&](std::int64_t a, std::int64_t b) { return events.type[a] < events.type[b]; });
    for (std::size_t begin = 0, end = 0; begin < rows.size(); begin = end) {
      while (end < rows.size() && events.type[rows[end]] == events.type[rows[begin]]) ++end;
      values.clear();
      for (std::size_t i = begin; i < end; ++i) values.push_back(events.value[rows[i]]);
      const double centre = median(values);
      for (double& value : values) value = std::abs(value - centre);
      const double deviation = median(values);
      if (deviation == 0) continue;
      for (std::size_t i = begin; i < end; ++i)
        keep[rows[i]] = kNormalQuartile * std::abs(events.value[rows[i]] - centre) <= largest * deviation;
    }
  }
  keep_rows(events, keep);
}

}  // namespace genre
