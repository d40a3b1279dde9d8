// The order in which stochastic gradient descent visits interactions, so that threads can share the work. Source:
// Gemulla, Nijkamp, Haas and Sismanis, "Large-scale matrix factorization with distributed stochastic gradient descent",
// KDD 2011.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "genre/base/random.h"
#include "genre/linalg/csr.h"

namespace genre {

struct Visit {
  std::int32_t user, item;
  float value;
};

// Interactions that one thread visits without meeting another: no cell that runs at the same time shares a user or
// item.
struct Cell {
  std::span<const Visit> visits;        // those of a user stand together
  std::span<const std::int32_t> items;  // the items of the cell, visited or not: a random part of the catalogue
  std::span<std::int32_t> marks;        // I numbers, those of `items` free to use; -1 at the start
  std::uint64_t seed;                   // of the cell and epoch
};

enum class VisitOrder {
  kBlocks,     // the result depends on the seed alone, not on the number of threads
  kUnordered,  // threads meet on items and lose some updates (Hogwild: Niu, Recht, Re and Wright, NIPS 2011)
};

// Items and users are dealt into B blocks each. An epoch is B rounds: in round s the cells (user block t, item block
// (t + s) mod B) run in parallel. Which items share a block changes each epoch, and the order of users within theirs.
// Unordered: a cell is some users and all items. Memory: 12 bytes an interaction in blocks.
class BlockSchedule {
 public:
  BlockSchedule(const CsrMatrix& interactions, VisitOrder order, std::uint64_t seed);

  // Calls body for every cell; `epoch` counts from 0. The body may throw.
  void run(int epoch, const std::function<void(const Cell&)>& body);

  int blocks() const { return blocks_; }

 private:
  void deal(int epoch);
  void run_unordered(int epoch, const std::function<void(const Cell&)>& body);

  const CsrMatrix& interactions_;
  VisitOrder order_;
  std::uint64_t seed_;
  int blocks_ = 1;
  std::vector<std::int32_t> users_;        // shuffled
  std::vector<std::int64_t> user_block_;   // blocks + 1 offsets into users_
  std::vector<std::int64_t> visit_block_;  // blocks + 1 offsets into visits_: the interactions of a user block
  std::vector<std::int32_t> items_;        // shuffled
  std::vector<std::int64_t> item_block_;   // blocks + 1 offsets into items_
  std::vector<std::uint16_t> block_of_item_;
  std::vector<Visit> visits_;
  std::vector<std::int64_t> cell_;  // blocks x (blocks + 1) offsets into visits_
  std::vector<std::int32_t> marks_;
};

// Fast uniform numbers below a bound far smaller than 2^32 (bias below bound / 2^32).
class CellRandom {
 public:
  explicit CellRandom(std::uint64_t seed) : state_(seed) {}
  std::uint32_t below(std::uint32_t bound) {
    state_ += 0x9e3779b97f4a7c15ull;  // SplitMix64 (Steele, Lea and Flood, 2014)
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return static_cast<std::uint32_t>((((z ^ (z >> 31)) >> 32) * bound) >> 32);
  }

 private:
  std::uint64_t state_;
};

// Calls visit(user's visits) for each user of a cell, with marks[item] = user at those that the user has.
template <class PerUser>
void for_each_user(const Cell& cell, const PerUser& visit) {
  for (std::size_t first = 0; first < cell.visits.size();) {
    std::size_t last = first;
    const std::int32_t user = cell.visits[first].user;
    for (; last < cell.visits.size() && cell.visits[last].user == user; ++last)
      cell.marks[cell.visits[last].item] = user;
    visit(cell.visits.subspan(first, last - first));
    first = last;
  }
}

// An item of the cell that `user` has no interaction with, or -1 where sixteen draws found none.
inline std::int32_t draw_negative(const Cell& cell, std::int32_t user, CellRandom& random) {
  for (int draw = 0; draw < 16; ++draw) {
    const std::int32_t item = cell.items[random.below(static_cast<std::uint32_t>(cell.items.size()))];
    if (cell.marks[item] != user) return item;
  }
  return -1;
}

}  // namespace genre
