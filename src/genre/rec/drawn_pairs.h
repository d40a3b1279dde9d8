// Interactions, each with items drawn beside it that its user has not touched: what teaches who touches what.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "genre/base/random.h"
#include "genre/linalg/csr.h"

namespace genre {

class DrawnPairs {
 public:
  // Of users for whom something is left to draw, in the order of the matrix, which outlives this.
  DrawnPairs(const CsrMatrix& interactions, int negatives);

  std::int64_t size() const { return std::ssize(order_); }  // interactions
  std::int64_t each() const { return each_; }               // items of one: its own, then the drawn ones
  void shuffle(RandomStream& random) { random.shuffle(std::span(order_)); }

  // The users (B) and items (B x each) of the B interactions from `first` on. Any number of threads.
  void draw(std::int64_t first, RandomStream& random, std::span<std::int32_t> users,
            std::span<std::int32_t> items) const;

 private:
  struct Interaction {
    std::int32_t user, item;
  };
  const CsrMatrix& interactions_;
  std::int64_t each_;
  std::vector<Interaction> order_;
};

}  // namespace genre
