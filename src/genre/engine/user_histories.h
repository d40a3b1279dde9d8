// Who did what, item by item, oldest first: the part of the data that serving needs.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "genre/data/dataset.h"

namespace genre {

// Row u of `items` holds the distinct items of user u by the time of their last event; positive[i] tells whether any
// event of that user on that item passed its type's threshold.
struct UserHistories {
  std::vector<std::int64_t> offsets = {0};  // U + 1
  std::vector<std::int32_t> items;
  std::vector<std::uint8_t> positive;

  std::int64_t users() const { return static_cast<std::int64_t>(offsets.size()) - 1; }
  std::span<const std::int32_t> seen(std::int64_t user) const { return {items.data() + offsets[user], size(user)}; }
  std::vector<std::int32_t> positives(std::int64_t user) const;

 private:
  std::size_t size(std::int64_t user) const { return static_cast<std::size_t>(offsets[user + 1] - offsets[user]); }
};

// From the interactions of the parts in the bit mask (kTrainPart | ...).
UserHistories user_histories(const Dataset& dataset, unsigned parts);

}  // namespace genre
