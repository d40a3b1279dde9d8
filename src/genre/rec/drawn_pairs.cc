#include "genre/rec/drawn_pairs.h"

#include "genre/rec/absent_items.h"

namespace genre {

DrawnPairs::DrawnPairs(const CsrMatrix& interactions, int negatives)
    : interactions_(interactions), each_(1 + negatives) {
  order_.reserve(interactions.indices.size());
  for (std::int32_t user = 0; user < interactions.rows; ++user)
    if (const auto items = interactions.row_indices(user); std::ssize(items) < interactions.cols)
      for (const std::int32_t item : items) order_.push_back({user, item});
}

void DrawnPairs::draw(std::int64_t first, RandomStream& random, std::span<std::int32_t> users,
                      std::span<std::int32_t> items) const {
  for (std::size_t b = 0; b < users.size(); ++b) {
    const auto [user, item] = order_[static_cast<std::size_t>(first) + b];
    users[b] = user;
    const auto has = interactions_.row_indices(user);
    const auto absent = static_cast<std::uint64_t>(interactions_.cols - std::ssize(has));
    const auto to = items.subspan(b * static_cast<std::size_t>(each_), static_cast<std::size_t>(each_));
    to[0] = item;
    for (std::size_t n = 1; n < to.size(); ++n)
      to[n] = absent_item(has, static_cast<std::int32_t>(random.below(absent)));
  }
}

}  // namespace genre
