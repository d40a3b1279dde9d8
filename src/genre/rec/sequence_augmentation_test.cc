#include "genre/rec/sequence_augmentation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>

#include "genre/rec/history_pass.h"

namespace genre {
namespace {

constexpr int kRounds = 200;

// Like item i are 100 + i and 200 + i, and like item 4 is none.
CsrMatrix like_items() {
  std::vector<Triplet> entries;
  for (std::int32_t i = 0; i < 100; ++i)
    if (i != 4)
      for (const std::int32_t step : {100, 200}) entries.push_back({i, i + step, 1.0f});
  return csr_from_triplets(300, 300, std::move(entries));
}

std::vector<std::int32_t> ten_items() {
  std::vector<std::int32_t> out(10);
  std::iota(out.begin(), out.end(), 0);
  return out;
}

std::vector<std::vector<std::int32_t>> views(const std::vector<std::string>& names, const AugmentationShares& shares,
                                             std::span<const std::int32_t> items, std::int64_t most = 100) {
  const SequenceAugmentation augmentation(names, shares, like_items());
  RandomStream random(7, "views");
  std::vector<std::vector<std::int32_t>> out(kRounds);
  for (auto& view : out) augmentation.add_view(items, most, random, view);
  return out;
}

TEST(SequenceAugmentation, CropLeavesAStretch) {
  std::map<std::int32_t, int> begins;
  for (const auto& view : views({"crop"}, {.crop = 0.65}, ten_items())) {
    ASSERT_EQ(view.size(), 6u);
    for (std::size_t n = 1; n < view.size(); ++n) EXPECT_EQ(view[n], view[n - 1] + 1);
    ++begins[view[0]];
  }
  EXPECT_EQ(begins.size(), 5u);
}

TEST(SequenceAugmentation, MaskHidesAShareAndNeverAll) {
  std::vector<int> hidden(10);
  for (const auto& view : views({"mask"}, {.mask = 0.3}, ten_items())) {
    ASSERT_EQ(view.size(), 10u);
    EXPECT_EQ(std::ranges::count(view, ReadSequences::kMask), 3);
    for (std::int32_t n = 0; n < 10; ++n) {
      EXPECT_TRUE(view[n] == n || view[n] == ReadSequences::kMask);
      hidden[n] += view[n] == n ? 0 : 1;
    }
  }
  for (const int count : hidden) EXPECT_NEAR(count, 0.3 * kRounds, 25);
  for (const auto& view : views({"mask"}, {.mask = 1}, ten_items()))
    EXPECT_EQ(std::ranges::count(view, ReadSequences::kMask), 9);
}

TEST(SequenceAugmentation, ReorderShufflesAStretchAlone) {
  int changed = 0;
  for (auto view : views({"reorder"}, {.reorder = 0.4}, ten_items())) {
    std::int32_t first = 10, last = -1;
    for (std::int32_t n = 0; n < 10; ++n)
      if (view[n] != n) {
        first = std::min(first, n);
        last = n;
      }
    EXPECT_LT(last - first, 4);
    changed += last >= 0 ? 1 : 0;
    std::ranges::sort(view);
    EXPECT_EQ(view, ten_items());
  }
  EXPECT_GT(changed, kRounds * 4 / 5);  // one order of 24 is the old one
}

TEST(SequenceAugmentation, SubstitutesAreLikeWhatTheyStandFor) {
  std::map<std::int32_t, int> steps;
  for (const auto& view : views({"substitute"}, {.substitute = 0.5}, ten_items())) {
    ASSERT_EQ(view.size(), 10u);
    EXPECT_EQ(view[4], 4);
    for (std::int32_t n = 0; n < 10; ++n) ++steps[view[n] - n];
  }
  ASSERT_EQ(steps.size(), 3u);
  EXPECT_NEAR(steps[0], kRounds * (10 - 4.5), 40);
  EXPECT_NEAR(steps[100], steps[200], 120);
}

TEST(SequenceAugmentation, InsertedItemsAreLikeWhatFollows) {
  for (const auto& view : views({"insert"}, {.insert = 0.5}, ten_items())) {
    std::vector<std::int32_t> old;
    for (std::size_t n = 0; n < view.size(); ++n)
      if (view[n] < 10)
        old.push_back(view[n]);
      else
        EXPECT_TRUE(view[n] % 100 == view[n + 1]) << view[n];
    EXPECT_EQ(old, ten_items());
    EXPECT_TRUE(view.size() == 15 || view.size() == 14) << view.size();  // 4 is like none
  }
}

TEST(SequenceAugmentation, OfMoreThanThereIsRoomForTheNewestStay) {
  for (const auto& view : views({"insert"}, {.insert = 1}, ten_items(), 3)) {
    ASSERT_EQ(view.size(), 3u);
    EXPECT_EQ(view[0], 8);
    EXPECT_EQ(view[1] % 100, 9);
    EXPECT_EQ(view[2], 9);
  }
}

TEST(SequenceAugmentation, EachIsDrawnAsOften) {
  int cropped = 0;
  for (const auto& view : views({"crop", "reorder"}, {}, ten_items())) cropped += view.size() < 10 ? 1 : 0;
  EXPECT_NEAR(cropped, kRounds / 2, 25);
}

TEST(SequenceAugmentation, OfOneEventSomethingIsShown) {
  const std::vector<std::int32_t> one = {7};
  for (const char* name : {"crop", "mask", "reorder", "substitute", "insert"}) {
    ASSERT_TRUE(SequenceAugmentation::exists(name));
    for (const auto& view : views({name}, {.crop = 0, .mask = 1}, one)) {
      ASSERT_FALSE(view.empty()) << name;
      EXPECT_EQ(view.back() % 100, 7) << name;
    }
  }
  EXPECT_FALSE(SequenceAugmentation::exists("rotate"));
}

}  // namespace
}  // namespace genre
