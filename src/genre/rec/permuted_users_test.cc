// A property of every recommender that draws no random numbers: the order of users changes nothing.
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <set>

#include "genre/base/random.h"
#include "genre/rec/every_recommender_test.h"
#include "genre/rec/small_world_test.h"

namespace genre {
namespace {

CsrMatrix rows_in_order(const CsrMatrix& matrix, std::span<const std::int32_t> order) {
  std::vector<Triplet> entries;
  for (std::int32_t row = 0; row < matrix.rows; ++row) {
    const auto indices = matrix.row_indices(order[row]);
    const auto values = matrix.row_values(order[row]);
    for (std::size_t i = 0; i < indices.size(); ++i) entries.push_back({row, indices[i], values[i]});
  }
  return csr_from_triplets(matrix.rows, matrix.cols, std::move(entries));
}

// The world in which user u is user order[u] of the other.
SmallWorld users_in_order(const SmallWorld& world, std::span<const std::int32_t> order) {
  SmallWorld out = world;
  out.interactions = rows_in_order(world.interactions, order);
  out.ratings = rows_in_order(world.ratings, order);
  out.times.clear();
  for (const std::int32_t user : order)
    for (auto at = world.interactions.offsets[user]; at < world.interactions.offsets[user + 1]; ++at)
      out.times.push_back(world.times[at]);
  return out;
}

class PermutedUsers : public ::testing::TestWithParam<std::string> {};

TEST_P(PermutedUsers, GetTheSameScores) {
  const SmallWorld world = small_world(60, 40);
  RandomStream random(5, "permuted users");
  std::vector<std::int32_t> order(60);
  std::iota(order.begin(), order.end(), 0);
  random.shuffle(std::span(order));
  const SmallWorld permuted = users_in_order(world, order);
  const auto options = ready_options(GetParam());
  const auto before = options->build(), after = options->build();
  before->fit(world.data());
  after->fit(permuted.data());
  for (std::int32_t user = 0; user < 60; ++user) {
    const auto history = permuted.interactions.row_indices(user);
    const auto a = scores_of(*before, {.user = order[user], .history = history});
    const auto b = scores_of(*after, {.user = user, .history = history});
    for (std::size_t item = 0; item < a.size(); ++item) {
      if (a[item] == kMasked || b[item] == kMasked) {
        ASSERT_EQ(a[item], b[item]) << "user " << user << ", item " << item;
      } else {
        ASSERT_NEAR(a[item], b[item], 1e-4 * (1 + std::abs(a[item]))) << "user " << user << ", item " << item;
      }
    }
  }
}

std::vector<std::string> without_random_numbers() {
  // These begin from random factors, sample events or hold users out by number.
  const std::set<std::string> drawing = {"random",    "biased_mf", "svdpp",  "nmf",         "als",         "ials",
                                         "bpr",       "warp",      "fm",     "logistic_mf", "hybrid_ease", "hybrid_als",
                                         "neumf",     "mmoe",      "deepfm", "lightgcn",    "multi_vae",   "rec_vae",
                                         "two_tower", "gru4rec",   "sasrec", "lm_sasrec",   "unisrec",     "bert4rec",
                                         "hstu",      "alpha_rec", "tiger"};
  std::vector<std::string> out;
  for (const auto& type : recommender_types())
    if (!drawing.contains(type.name)) out.push_back(type.name);
  return out;
}

INSTANTIATE_TEST_SUITE_P(Every, PermutedUsers, ::testing::ValuesIn(without_random_numbers()),
                         [](const auto& parameter) { return parameter.param; });

}  // namespace
}  // namespace genre
