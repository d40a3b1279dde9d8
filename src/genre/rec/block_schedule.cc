#include "genre/rec/block_schedule.h"

#include <algorithm>
#include <numeric>

#include "genre/base/thread_pool.h"

namespace genre {
namespace {

constexpr std::int64_t kMostBlocks = 16;     // threads that can work at once
constexpr std::int64_t kItemsPerBlock = 32;  // fewer would leave too little choice of negatives
constexpr std::size_t kUsersPerCell = 64;    // unordered

}  // namespace

BlockSchedule::BlockSchedule(const CsrMatrix& interactions, VisitOrder order, std::uint64_t seed)
    : interactions_(interactions), order_(order), seed_(seed), users_(interactions.rows), items_(interactions.cols) {
  std::iota(users_.begin(), users_.end(), 0);
  std::iota(items_.begin(), items_.end(), 0);
  if (order_ == VisitOrder::kUnordered) return;
  blocks_ = static_cast<int>(std::clamp<std::int64_t>(interactions.cols / kItemsPerBlock, 1, kMostBlocks));
  RandomStream random(seed, "users of blocks");
  random.shuffle(std::span(users_));
  user_block_.push_back(0);
  visit_block_.push_back(0);
  std::int64_t visits = 0;
  for (std::size_t n = 0; n < users_.size(); ++n) {
    visits += static_cast<std::int64_t>(interactions.row_indices(users_[n]).size());
    const auto filled = static_cast<std::int64_t>(user_block_.size());
    if (filled < blocks_ && visits * blocks_ >= filled * interactions.nonzeros()) {
      user_block_.push_back(static_cast<std::int64_t>(n) + 1);
      visit_block_.push_back(visits);
    }
  }
  user_block_.resize(blocks_ + 1, interactions.rows);
  visit_block_.resize(blocks_ + 1, interactions.nonzeros());
  for (std::int64_t b = 0; b <= blocks_; ++b) item_block_.push_back(interactions.cols * b / blocks_);
  block_of_item_.resize(interactions.cols);
  visits_.resize(interactions.nonzeros());
  cell_.resize(static_cast<std::size_t>(blocks_) * (blocks_ + 1));
  marks_.resize(interactions.cols);
}

void BlockSchedule::deal(int epoch) {
  RandomStream random(seed_ + static_cast<std::uint64_t>(epoch), "items of blocks");
  random.shuffle(std::span(items_));
  for (int b = 0; b < blocks_; ++b)
    for (std::int64_t n = item_block_[b]; n < item_block_[b + 1]; ++n)
      block_of_item_[items_[n]] = static_cast<std::uint16_t>(b);
  global_pool().parallel_for(blocks_, 1, [&](std::size_t begin, std::size_t end, int) {
    for (std::size_t b = begin; b < end; ++b) {
      const auto first = user_block_[b], last = user_block_[b + 1];
      RandomStream order(seed_ + static_cast<std::uint64_t>(epoch) * kMostBlocks + b, "users within a block");
      order.shuffle(std::span(users_).subspan(first, last - first));
      std::int64_t* const cell = cell_.data() + b * (blocks_ + 1);
      std::vector<std::int64_t> next(blocks_ + 1, 0);
      for (auto n = first; n < last; ++n)
        for (const std::int32_t item : interactions_.row_indices(users_[n])) ++next[block_of_item_[item] + 1];
      next[0] = visit_block_[b];
      for (int i = 0; i < blocks_; ++i) next[i + 1] += next[i];
      std::copy(next.begin(), next.end(), cell);
      for (auto n = first; n < last; ++n) {
        const auto items = interactions_.row_indices(users_[n]);
        const auto values = interactions_.row_values(users_[n]);
        for (std::size_t i = 0; i < items.size(); ++i)
          visits_[next[block_of_item_[items[i]]]++] = {users_[n], items[i], values[i]};
      }
    }
  });
}

void BlockSchedule::run(int epoch, const std::function<void(const Cell&)>& body) {
  if (order_ == VisitOrder::kUnordered) return run_unordered(epoch, body);
  deal(epoch);
  std::fill(marks_.begin(), marks_.end(), -1);
  for (int round = 0; round < blocks_; ++round) {
    global_pool().parallel_for(blocks_, 1, [&](std::size_t begin, std::size_t end, int) {
      for (std::size_t t = begin; t < end; ++t) {
        const std::size_t b = (t + round) % blocks_;
        const std::int64_t* const cell = cell_.data() + t * (blocks_ + 1) + b;
        RandomStream random(seed_ + (static_cast<std::uint64_t>(epoch) * blocks_ + round) * blocks_ + t, "cell");
        body({std::span(visits_).subspan(cell[0], cell[1] - cell[0]),
              std::span(items_).subspan(item_block_[b], item_block_[b + 1] - item_block_[b]), marks_, random.next()});
      }
    });
  }
}

void BlockSchedule::run_unordered(int epoch, const std::function<void(const Cell&)>& body) {
  RandomStream random(seed_ + static_cast<std::uint64_t>(epoch), "users");
  random.shuffle(std::span(users_));
  const std::uint64_t seed = random.next();
  std::vector<std::vector<std::int32_t>> marks(global_pool().threads());
  global_pool().parallel_for(users_.size(), kUsersPerCell, [&](std::size_t begin, std::size_t end, int worker) {
    auto& mine = marks[worker];
    if (mine.empty()) mine.assign(items_.size(), -1);
    std::vector<Visit> visits;
    for (std::size_t n = begin; n < end; ++n) {
      const auto row = interactions_.row_indices(users_[n]);
      const auto values = interactions_.row_values(users_[n]);
      for (std::size_t i = 0; i < row.size(); ++i) visits.push_back({users_[n], row[i], values[i]});
    }
    body({visits, items_, mine, seed + begin});
  });
}

}  // namespace genre
