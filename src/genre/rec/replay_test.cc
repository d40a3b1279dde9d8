#include "genre/rec/replay.h"

#include <gtest/gtest.h>

#include <set>

namespace genre {
namespace {

// Users 0 to 39 with items 0 to 9 each; the first 30 are known, but for the last event of user 5.
class ReplayTest : public ::testing::Test {
 protected:
  ReplayTest() {
    std::vector<Triplet> entries;
    for (std::int32_t user = 0; user < 40; ++user)
      for (std::int32_t item = 0; item < 10; ++item) {
        entries.push_back({user, item, 1.0f});
        known_.push_back(user < 30 && !(user == 5 && item == 9) ? 1 : 0);
      }
    interactions_ = csr_from_triplets(40, 10, std::move(entries));
    sequences_ = time_ordered({.interactions = interactions_, .item_vectors = {}});
  }
  // Pieces of five events: two of each user.
  Replay replay(std::span<const std::uint8_t> known, double share) const {
    return {history_pieces(sequences_, 5, 5), sequences_, interactions_, known, share};
  }
  static std::vector<std::int64_t> begins(std::span<const HistoryPiece> pieces) {
    std::vector<std::int64_t> out;
    for (const HistoryPiece& piece : pieces) out.push_back(piece.begin);
    return out;
  }
  CsrMatrix interactions_;
  std::vector<std::uint8_t> known_;
  Sequences sequences_;
};

TEST_F(ReplayTest, WhatIsNewIsVisitedInEachEpochAndAShareOfTheRest) {
  Replay quarter = replay(known_, 0.25);
  const std::int64_t old = 59;  // of 30 users two pieces each, but for the later one of user 5
  EXPECT_EQ(quarter.size(), 21 + 15);
  std::set<std::int64_t> replayed;
  for (int epoch = 0; epoch < 20; ++epoch) {
    const auto visited = begins(quarter.of_epoch(epoch, 7));
    const std::set<std::int64_t> distinct(visited.begin(), visited.end());
    ASSERT_EQ(distinct.size(), 36u);
    EXPECT_TRUE(distinct.contains(55));
    for (std::int64_t begin = 300; begin < 400; begin += 5) EXPECT_TRUE(distinct.contains(begin));
    replayed.insert(distinct.begin(), distinct.end());
  }
  EXPECT_GT(std::ssize(replayed), 21 + old * 9 / 10);  // drawn anew
}

TEST_F(ReplayTest, WithoutAStartAllIsNew) {
  Replay all = replay({}, 0.0);
  EXPECT_EQ(all.size(), 80);
  EXPECT_EQ(all.of_epoch(0, 7).size(), 80u);
}

TEST_F(ReplayTest, SharesOfNothingAndOfEverything) {
  EXPECT_EQ(replay(known_, 0).size(), 21);
  Replay all = replay(known_, 1);
  EXPECT_EQ(all.size(), 80);
  Replay again = replay(known_, 1), other = replay(known_, 1);
  EXPECT_EQ(begins(all.of_epoch(0, 7)), begins(again.of_epoch(0, 7)));
  EXPECT_NE(begins(all.of_epoch(1, 7)), begins(other.of_epoch(0, 8)));
}

}  // namespace
}  // namespace genre
