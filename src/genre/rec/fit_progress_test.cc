#include "genre/rec/fit_progress.h"

#include <gtest/gtest.h>

#include "genre/rec/registry.h"
#include "genre/rec/small_world_test.h"

namespace genre {
namespace {

// Those that learn for long tell how far they are: from none to all but one, each piece once.
class TellsItsProgress : public ::testing::TestWithParam<std::string> {};

TEST_P(TellsItsProgress, PieceByPiece) {
  const SmallWorld world = small_world(30, 20);
  TrainingData data = world.data();
  std::vector<std::int64_t> told;
  std::int64_t all = 0;
  data.progress = [&](std::int64_t done, std::int64_t of) {
    told.push_back(done);
    if (all == 0) all = of;
    EXPECT_EQ(of, all);
  };
  make_recommender_options(GetParam())->build()->fit(data);
  ASSERT_FALSE(told.empty());
  ASSERT_EQ(std::ssize(told), all);
  for (std::size_t n = 0; n < told.size(); ++n) EXPECT_EQ(told[n], static_cast<std::int64_t>(n));
}

INSTANTIATE_TEST_SUITE_P(Every, TellsItsProgress,
                         ::testing::Values("als", "ials", "nmf", "biased_mf", "svdpp", "bpr", "warp", "logistic_mf",
                                           "fm", "lightgcn", "neumf", "mmoe", "deepfm", "multi_vae", "rec_vae",
                                           "two_tower", "gru4rec", "sasrec", "lm_sasrec", "unisrec", "bert4rec", "hstu",
                                           "alpha_rec", "tiger"),
                         [](const auto& parameter) { return parameter.param; });

}  // namespace
}  // namespace genre
