#include "genre/engine/candidates.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "genre/base/error.h"
#include "genre/engine/testing.h"

namespace genre {
namespace {

TEST(Candidates, ProtocolsAreReadByName) {
  EXPECT_FALSE(parse_candidates("all"));
  EXPECT_FALSE(parse_candidates("cold"));
  EXPECT_EQ(parse_candidates("sampled:99")->negatives, 99);
  EXPECT_TRUE(parse_candidates("sampled_popular:100")->by_popularity);
  for (const char* wrong : {"", "sampled", "sampled:", "sampled:0", "sampled:-3", "sampled:9x", "sampeld:9"})
    EXPECT_THROW(parse_candidates(wrong), Error) << wrong;
}

CsrMatrix touched() { return csr_from_triplets(2, 1000, {{0, 3, 1}, {0, 5, 1}, {1, 999, 1}}); }

TEST(Candidates, NegativesAreUntouchedDistinctAndTheSameForTheSameUser) {
  const std::vector<double> popularity(1000, 1.0);
  const CsrMatrix events = touched();
  for (const int count : {99, 900}) {
    const std::vector<std::int32_t> both = {0, 1}, second = {1};
    const Negatives all = sample_negatives({count}, both, events, popularity, 7);
    for (int q = 0; q < 2; ++q) {
      const auto list = all.of(q);
      EXPECT_EQ(list.size(), static_cast<std::size_t>(count));
      EXPECT_TRUE(std::is_sorted(list.begin(), list.end()));
      EXPECT_EQ(std::adjacent_find(list.begin(), list.end()), list.end());
      for (const std::int32_t item : events.row_indices(q))
        EXPECT_FALSE(std::binary_search(list.begin(), list.end(), item));
    }
    const Negatives alone = sample_negatives({count}, second, events, popularity, 7);
    EXPECT_TRUE(std::equal(alone.of(0).begin(), alone.of(0).end(), all.of(1).begin(), all.of(1).end()));
    EXPECT_NE(all.items, sample_negatives({count}, both, events, popularity, 8).items);
  }
  const std::vector<std::int32_t> users = {0};
  EXPECT_EQ(sample_negatives({5000}, users, events, popularity, 7).items.size(), 998u);
}

TEST(Candidates, PopularItemsAreDrawnMoreOftenWhereAskedFor) {
  std::vector<double> popularity(1000, 0.0);
  for (int i = 0; i < 100; ++i) popularity[i] = 90;
  const std::vector<std::int32_t> users = {0, 1};
  const auto share = [&](const Negatives& negatives) {
    return static_cast<double>(
               std::count_if(negatives.items.begin(), negatives.items.end(), [](auto item) { return item < 100; })) /
           static_cast<double>(negatives.items.size());
  };
  EXPECT_NEAR(share(sample_negatives({50, true}, users, touched(), popularity, 7)), 0.9, 0.12);
  EXPECT_NEAR(share(sample_negatives({50, false}, users, touched(), popularity, 7)), 0.1, 0.12);
}

TEST(Candidates, FilesGiveBackTheNegatives) {
  const Dataset dataset = testing_data::two_tastes();
  const std::filesystem::path path = std::filesystem::path(::testing::TempDir()) / "negatives.tsv";
  const std::vector<std::int32_t> users = {0, 3, 7};
  const std::vector<double> popularity(dataset.items.size(), 1.0);
  const Negatives drawn = sample_negatives({3}, users, dataset.seen(kEveryPart), popularity, 7);
  write_negatives(path, drawn, users, dataset);
  EXPECT_EQ(read_negatives(path, users, dataset).items, drawn.items);
  const std::vector<std::int32_t> more = {0, 1};
  EXPECT_THROW(read_negatives(path, more, dataset), Error);
  std::ofstream(path, std::ios::app) << dataset.users.external(1) << "\tno such item\n";
  EXPECT_THROW(read_negatives(path, users, dataset), Error);
  EXPECT_THROW(read_negatives("/nowhere/negatives.tsv", users, dataset), Error);
}

}  // namespace
}  // namespace genre
