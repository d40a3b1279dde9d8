// The contract of UpdatesIncrementally, asked of every recommender that has the power.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "genre/base/error.h"
#include "genre/rec/registry.h"
#include "genre/rec/small_world_test.h"

namespace genre {
namespace {

// The events that `keep` wants, as a world of the same users and items.
template <class Keep>
SmallWorld part_of(const SmallWorld& world, Keep keep) {
  SmallWorld out = world;
  std::vector<Triplet> liked, rated;
  out.times.clear();
  for (std::int32_t u = 0; u < world.interactions.rows; ++u) {
    for (std::int64_t n = world.interactions.offsets[u]; n < world.interactions.offsets[u + 1]; ++n) {
      if (!keep(u, world.interactions.indices[n])) continue;
      liked.push_back({u, world.interactions.indices[n], world.interactions.values[n]});
      out.times.push_back(world.times[n]);
    }
    for (std::int64_t n = world.ratings.offsets[u]; n < world.ratings.offsets[u + 1]; ++n)
      if (keep(u, world.ratings.indices[n])) rated.push_back({u, world.ratings.indices[n], world.ratings.values[n]});
  }
  out.interactions = csr_from_triplets(world.interactions.rows, world.interactions.cols, liked);
  out.ratings = csr_from_triplets(world.interactions.rows, world.interactions.cols, rated);
  return out;
}

class UpdatesContract : public ::testing::TestWithParam<std::string> {
 protected:
  // Three stages, each user's later than the one before; users from 50 and items from 36 come with the second.
  UpdatesContract() : world_(small_world(60, 40)) {
    for (std::int32_t u = 0; u < 60; ++u)
      for (std::int64_t n = world_.interactions.offsets[u]; n < world_.interactions.offsets[u + 1]; ++n)
        world_.times[n] += 10'000'000LL * stage(u, world_.interactions.indices[n]);
    for (int s = 0; s < 3; ++s)
      parts_.push_back(part_of(world_, [s](std::int32_t u, std::int32_t i) { return stage(u, i) == s; }));
    first_two_ = part_of(world_, [](std::int32_t u, std::int32_t i) { return stage(u, i) < 2; });
  }
  static int stage(std::int32_t user, std::int32_t item) {
    const int drawn = (user * 7 + item * 5) % 6;
    return std::max(drawn < 3 ? 0 : drawn < 5 ? 1 : 2, user >= 50 || item >= 36 ? 1 : 0);
  }
  std::unique_ptr<Recommender> build() const { return make_recommender_options(GetParam())->build(); }
  static UpdatesIncrementally& power(Recommender& model) { return dynamic_cast<UpdatesIncrementally&>(model); }

  SmallWorld world_, first_two_;
  std::vector<SmallWorld> parts_;
};

TEST_P(UpdatesContract, FitAndUpdatesEqualAFitOfAll) {
  const auto grown = build(), whole = build();
  grown->fit(parts_[0].data());
  power(*grown).update(parts_[0].data(), parts_[1].data());
  power(*grown).update(first_two_.data(), parts_[2].data());
  whole->fit(world_.data());
  for (std::int32_t user = 0; user < 60; ++user) {
    for (const bool known : {true, false}) {
      const Query query{.user = known ? std::optional(user) : std::nullopt,
                        .history = world_.interactions.row_indices(user)};
      const auto found = scores_of(*grown, query), wanted = scores_of(*whole, query);
      EXPECT_EQ(grown->personalises(query), whole->personalises(query));
      for (std::int32_t item = 0; item < 40; ++item)
        EXPECT_NEAR(found[item], wanted[item], 1e-5 * std::abs(wanted[item])) << user << " " << item;
    }
  }
}

TEST_P(UpdatesContract, ALoadedModelIsUpdatedAlike) {
  const auto path = std::filesystem::path(::testing::TempDir()) / ("updates_" + GetParam() + ".safetensors");
  const auto model = build(), loaded = build();
  model->fit(first_two_.data());
  SafetensorsWriter out;
  model->save(out, "");
  out.write(path);
  loaded->load(SafetensorsFile(path), "");
  power(*model).update(first_two_.data(), parts_[2].data());
  power(*loaded).update(first_two_.data(), parts_[2].data());
  const Query query{.user = 3, .history = world_.interactions.row_indices(3)};
  EXPECT_EQ(scores_of(*model, query), scores_of(*loaded, query));
}

TEST_P(UpdatesContract, AnUpdateWithoutEventsChangesNothing) {
  const SmallWorld nothing = part_of(world_, [](std::int32_t, std::int32_t) { return false; });
  const auto model = build();
  model->fit(first_two_.data());
  const Query query{.user = 3, .history = world_.interactions.row_indices(3)};
  const auto before = scores_of(*model, query);
  power(*model).update(first_two_.data(), nothing.data());
  EXPECT_EQ(scores_of(*model, query), before);
}

TEST_P(UpdatesContract, WhatDoesNotFitIsRefusedAndNothingChanges) {
  const SmallWorld other = small_world(60, 30);
  const auto model = build();
  EXPECT_THROW(power(*model).update(parts_[0].data(), parts_[1].data()), Error);  // unfitted
  model->fit(first_two_.data());
  const Query query{.user = 3, .history = world_.interactions.row_indices(3)};
  const auto before = scores_of(*model, query);
  EXPECT_THROW(power(*model).update(first_two_.data(), parts_[1].data()), Error);  // known pairs
  EXPECT_THROW(power(*model).update(first_two_.data(), other.data()), Error);      // another catalogue
  EXPECT_THROW(power(*model).update(other.data(), parts_[2].data()), Error);
  EXPECT_EQ(scores_of(*model, query), before);
}

std::vector<std::string> names() {
  std::vector<std::string> out;
  for (const auto& type : recommender_types())
    if (dynamic_cast<const UpdatesIncrementally*>(type.make()->build().get()) != nullptr) out.push_back(type.name);
  return out;
}

INSTANTIATE_TEST_SUITE_P(Every, UpdatesContract, ::testing::ValuesIn(names()),
                         [](const ::testing::TestParamInfo<std::string>& parameter) { return parameter.param; });

}  // namespace
}  // namespace genre
