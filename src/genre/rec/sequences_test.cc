#include "genre/rec/sequences.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "genre/base/error.h"

namespace genre {
namespace {

using ::testing::ElementsAre;

TEST(Sequences, AreInTheOrderOfTimeThenItem) {
  const CsrMatrix interactions = csr_from_triplets(3, 4, {{0, 0, 1}, {0, 2, 1}, {0, 3, 1}, {2, 1, 1}, {2, 2, 1}});
  const std::vector<std::int64_t> times = {50, 20, 20, 7, -7};
  const Sequences sequences = time_ordered({interactions, {}, 7, nullptr, times});
  ASSERT_EQ(sequences.users(), 3);
  EXPECT_THAT(sequences.of(0), ElementsAre(2, 3, 0));
  EXPECT_THAT(sequences.of(1), ElementsAre());
  EXPECT_THAT(sequences.of(2), ElementsAre(2, 1));
  EXPECT_THAT(sequences.times, ElementsAre(20, 20, 50, -7, 7));
}

TEST(Sequences, AreInTheOrderOfIdsWithoutTimes) {
  const CsrMatrix interactions = csr_from_triplets(1, 4, {{0, 3, 1}, {0, 1, 1}});
  const Sequences sequences = time_ordered({interactions, {}, 7});
  EXPECT_THAT(sequences.of(0), ElementsAre(1, 3));
  EXPECT_TRUE(sequences.times.empty());
}

TEST(Sequences, AreInTheOrderThatIsKnownWithoutTimes) {
  const CsrMatrix interactions = csr_from_triplets(1, 4, {{0, 1, 1}, {0, 2, 1}, {0, 3, 1}});
  const std::vector<std::int64_t> order = {5, 9, 2}, times = {1, 2, 3};
  const Sequences sequences = time_ordered({.interactions = interactions, .item_vectors = {}, .order = order});
  EXPECT_THAT(sequences.of(0), ElementsAre(3, 1, 2));
  EXPECT_TRUE(sequences.times.empty());
  const Sequences timed =
      time_ordered({.interactions = interactions, .item_vectors = {}, .times = times, .order = order});
  EXPECT_THAT(timed.of(0), ElementsAre(1, 2, 3));
  EXPECT_THROW(
      (void)time_ordered({.interactions = interactions, .item_vectors = {}, .order = std::span(order).first(2)}),
      Error);
}

TEST(Sequences, TimesForSomeInteractionsOnlyAreRefused) {
  const CsrMatrix interactions = csr_from_triplets(1, 4, {{0, 3, 1}, {0, 1, 1}});
  const std::vector<std::int64_t> times = {1};
  EXPECT_THROW((void)time_ordered({interactions, {}, 7, nullptr, times}), Error);
}

}  // namespace
}  // namespace genre
