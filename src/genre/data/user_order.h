// Rows grouped by user with a counting sort: columns of random users are too large to sort by comparing through
// indices.
#pragma once

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

namespace genre {

struct UserOrder {
  std::vector<std::int64_t> rows;     // by user, then row
  std::vector<std::int64_t> offsets;  // of each user's first; one more than users
  std::int32_t users() const { return static_cast<std::int32_t>(offsets.size()) - 1; }
  std::span<std::int64_t> of(std::int32_t user) {
    return {rows.data() + offsets[user], static_cast<std::size_t>(offsets[user + 1] - offsets[user])};
  }
};

inline UserOrder order_by_user(const std::vector<std::int32_t>& user) {
  UserOrder out;
  const std::int32_t users = user.empty() ? 0 : *std::max_element(user.begin(), user.end()) + 1;
  out.offsets.assign(static_cast<std::size_t>(users) + 1, 0);
  for (const auto u : user) ++out.offsets[u + 1];
  std::partial_sum(out.offsets.begin(), out.offsets.end(), out.offsets.begin());
  std::vector<std::int64_t> next(out.offsets.begin(), out.offsets.end() - 1);
  out.rows.resize(user.size());
  for (std::size_t row = 0; row < user.size(); ++row) out.rows[next[user[row]]++] = static_cast<std::int64_t>(row);
  return out;
}

}  // namespace genre
