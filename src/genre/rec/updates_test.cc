#include "genre/rec/updates.h"

#include <gtest/gtest.h>

#include "genre/base/error.h"
#include "genre/base/random.h"
#include "genre/rec/markov.h"
#include "genre/rec/slope_one.h"
#include "genre/rec/small_world_test.h"

namespace genre {
namespace {

TEST(Updates, TheSumIsThatOfAllEntries) {
  RandomStream random(8, "entries");
  std::vector<Triplet> a, b, both;
  for (int n = 0; n < 60; ++n) {
    const Triplet entry{static_cast<std::int32_t>(random.below(7)), static_cast<std::int32_t>(random.below(9)),
                        static_cast<float>(random.below(5))};
    (n % 2 == 0 ? a : b).push_back(entry);
    both.push_back(entry);
  }
  const CsrMatrix sum = sum_of(csr_from_triplets(7, 9, a), csr_from_triplets(7, 9, b)),
                  wanted = csr_from_triplets(7, 9, both);
  EXPECT_EQ(sum.offsets, wanted.offsets);
  EXPECT_EQ(sum.indices, wanted.indices);
  EXPECT_EQ(sum.values, wanted.values);
}

TEST(Updates, MarkovRefusesEventsThatAreNotLater) {
  const CsrMatrix before = csr_from_triplets(2, 4, {{0, 0, 1}, {0, 1, 1}}), more = csr_from_triplets(2, 4, {{0, 2, 1}});
  const std::vector<std::int64_t> times = {10, 20}, earlier = {20}, later = {21};
  Markov model({});
  model.fit({before, {}, 7, nullptr, times});
  EXPECT_THROW(model.update({before, {}, 7, nullptr, times}, {more, {}, 7, nullptr, earlier}), Error);
  EXPECT_EQ(model.weights().nonzeros(), 1);
  model.update({before, {}, 7, nullptr, times}, {more, {}, 7, nullptr, later});
  EXPECT_EQ(model.weights().indices, (std::vector<std::int32_t>{1, 2}));
  Markov untimed({});
  untimed.fit({before, {}, 7});
  EXPECT_THROW(untimed.update({before, {}, 7}, {more, {}, 7}), Error);
}

TEST(Updates, SlopeOneRefusesWhatItHasDroppedPairsOf) {
  const CsrMatrix before = csr_from_triplets(2, 4, {{0, 0, 1}, {0, 1, 1}}), more = csr_from_triplets(2, 4, {{0, 2, 1}});
  SlopeOneOptions options;
  options.min_support = 2;
  SlopeOne model(options);
  model.fit({before, {}, 7});
  EXPECT_THROW(model.update({before, {}, 7}, {more, {}, 7}), Error);
}

}  // namespace
}  // namespace genre
