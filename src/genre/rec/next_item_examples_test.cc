#include "genre/rec/next_item_examples.h"

#include <gtest/gtest.h>

#include <numeric>

namespace genre {
namespace {

std::vector<std::pair<std::int64_t, std::int64_t>> bounds(const std::vector<HistoryPiece>& pieces) {
  std::vector<std::pair<std::int64_t, std::int64_t>> out;
  for (const HistoryPiece& piece : pieces) out.emplace_back(piece.begin, piece.end);
  return out;
}

TEST(NextItemExamples, PiecesCoverAHistoryFromItsEndOn) {
  Sequences sequences;
  sequences.offsets = {0, 7, 8, 10};
  const std::vector<std::pair<std::int64_t, std::int64_t>> overlapping = {{3, 7}, {0, 4}, {8, 10}},
                                                           apart = {{4, 7}, {1, 4}, {8, 10}};
  EXPECT_EQ(bounds(history_pieces(sequences, 4, 3)), overlapping);
  EXPECT_EQ(bounds(history_pieces(sequences, 3, 3)), apart);
}

TEST(NextItemExamples, EachTokenForetellsTheNext) {
  NextItemExamples examples;
  for (const std::vector<std::int32_t>& items : {std::vector<std::int32_t>{5, 2, 9}, {4, 1}}) examples.add_next(items);
  EXPECT_EQ(examples.offsets, (std::vector<std::int64_t>{0, 2, 3}));
  EXPECT_EQ(examples.read, (std::vector<std::int32_t>{5, 2, 4}));
  EXPECT_EQ(examples.asked, (std::vector<std::int32_t>{0, 1, 2}));
  EXPECT_EQ(examples.wanted, (std::vector<std::int32_t>{2, 9, 1}));
  examples.clear();
  EXPECT_EQ(examples.offsets, std::vector<std::int64_t>{0});
  EXPECT_TRUE(examples.read.empty() && examples.asked.empty() && examples.wanted.empty());
}

TEST(NextItemExamples, WhatIsMaskedIsAskedAndNotShown) {
  std::vector<std::int32_t> items(12);
  std::iota(items.begin(), items.end(), 100);
  RandomStream random(7, "masks");
  NextItemExamples examples;
  for (int round = 0; round < 50; ++round) examples.add_masked(items, 0.2, random);
  ASSERT_EQ(std::ssize(examples.read), 600);
  ASSERT_EQ(examples.asked.size(), examples.wanted.size());
  std::size_t next = 0;
  for (std::int64_t t = 0; t < 600; ++t) {
    const std::int32_t item = items[t % 12];
    if (next < examples.asked.size() && examples.asked[next] == t) {
      EXPECT_EQ(examples.read[t], NextItemExamples::kMask);
      EXPECT_EQ(examples.wanted[next++], item);
    } else {
      EXPECT_EQ(examples.read[t], item);
    }
  }
  EXPECT_EQ(next, examples.asked.size());
}

// Of 12 events at a rate of 0.2 none is masked in 7 of 100 sequences, which then have one; a tenth has the last alone.
TEST(NextItemExamples, AFifthIsMaskedAndOfEachSequenceSomething) {
  const std::vector<std::int32_t> items(12, 3);
  RandomStream random(7, "masks");
  int masked = 0, last_alone = 0;
  for (int round = 0; round < 4000; ++round) {
    NextItemExamples examples;
    examples.add_masked(items, 0.2, random);
    ASSERT_FALSE(examples.asked.empty());
    masked += static_cast<int>(examples.asked.size());
    last_alone += examples.asked == std::vector<std::int32_t>{11} ? 1 : 0;
  }
  EXPECT_NEAR(masked / 4000.0, 0.1 + 0.9 * (2.4 + 0.0687), 0.08);
  EXPECT_NEAR(last_alone / 4000.0, 0.1 + 0.9 * (0.0172 + 0.0057), 0.02);
}

TEST(NextItemExamples, WithoutARateOneIsMasked) {
  const std::vector<std::int32_t> items = {1, 2, 3};
  RandomStream random(7, "masks");
  for (int round = 0; round < 20; ++round) {
    NextItemExamples examples;
    examples.add_masked(items, 0, random);
    EXPECT_EQ(examples.asked.size(), 1u);
  }
}

}  // namespace
}  // namespace genre
