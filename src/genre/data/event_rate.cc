#include "genre/data/event_rate.h"

#include <algorithm>

#include "genre/data/user_order.h"

namespace genre {

void drop_fast_users(EventColumns& events, int most, std::int64_t milliseconds) {
  UserOrder order = order_by_user(events.user);
  std::vector<std::uint8_t> keep(events.user.size(), 1);
  std::vector<std::int64_t> times;
  const auto window = static_cast<std::size_t>(most);
  for (std::int32_t user = 0; user < order.users(); ++user) {
    const auto rows = order.of(user);
    if (rows.size() <= window) continue;
    times.clear();
    for (const auto row : rows) times.push_back(events.time[row]);
    std::sort(times.begin(), times.end());
    bool fast = false;
    for (std::size_t i = window; i < times.size() && !fast; ++i) fast = times[i] - times[i - window] < milliseconds;
    if (fast)
      for (const auto row : rows) keep[row] = 0;
  }
  keep_rows(events, keep);
}

}  // namespace genre
