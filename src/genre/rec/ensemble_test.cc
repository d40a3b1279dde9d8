#include "genre/rec/ensemble.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "genre/base/error.h"
#include "genre/rec/registry.h"
#include "genre/rec/small_world_test.h"

namespace genre {
namespace {

// Says what it is told.
class Fixed : public Recommender {
 public:
  Fixed(std::vector<float> scores, bool personal) : scores_(std::move(scores)), personal_(personal) {}
  std::string_view name() const override { return "fixed"; }
  void fit(const TrainingData&) override {}
  void score(std::span<const Query> queries, MatrixView out) const override {
    for (std::size_t q = 0; q < queries.size(); ++q)
      std::copy(scores_.begin(), scores_.end(), out.row(static_cast<std::int64_t>(q)).begin());
  }
  bool personalises(const Query&) const override { return personal_; }
  std::int64_t items() const override { return static_cast<std::int64_t>(scores_.size()); }
  void save(SafetensorsWriter&, const std::string&) const override {}
  void load(const SafetensorsFile&, const std::string&) override {}

 private:
  std::vector<float> scores_;
  bool personal_;
};

std::vector<float> combined(std::vector<std::tuple<std::vector<float>, double, bool>> members,
                            const std::string& scale) {
  std::vector<Ensemble::Part> parts;
  for (auto& [scores, weight, personal] : members) parts.push_back({std::make_unique<Fixed>(scores, personal), weight});
  return scores_of(Ensemble(std::move(parts), scale), {});
}

TEST(Ensemble, StandardScoresAddUpByWeight) {
  const auto out = combined({{{1, 2, 3}, 2, true}, {{300, 200, 100}, 1, true}}, "standard");
  const float z = 1 / std::sqrt(2.0f / 3);
  EXPECT_NEAR(out[0], -2 * z + z, 1e-6);
  EXPECT_NEAR(out[1], 0, 1e-6);
  EXPECT_NEAR(out[2], 2 * z - z, 1e-6);
}

TEST(Ensemble, MinMaxAndRanksAreOtherScales) {
  EXPECT_EQ(combined({{{1, 2, 5}, 1, true}}, "min_max"), (std::vector<float>{0, 0.25f, 1}));
  const auto ranks = combined({{{1, 9, 5}, 1, true}, {{3, 2, 1}, 1, true}}, "reciprocal_rank");
  EXPECT_FLOAT_EQ(ranks[0], 1.0f / 63 + 1.0f / 61);
  EXPECT_FLOAT_EQ(ranks[1], 1.0f / 61 + 1.0f / 62);
  EXPECT_FLOAT_EQ(ranks[2], 1.0f / 62 + 1.0f / 63);
}

TEST(Ensemble, MaskedItemsTakeTheLowestOfTheirMember) {
  const auto out = combined({{{1, kMasked, 5, kMasked}, 1, true}, {{kMasked, 0, 4, kMasked}, 1, true}}, "min_max");
  EXPECT_EQ(out, (std::vector<float>{0, 0, 2, kMasked}));
}

TEST(Ensemble, AMemberThatKnowsNothingOfTheUserIsLeftOut) {
  EXPECT_EQ(combined({{{0, 1}, 1, true}, {{9, 0}, 5, false}}, "min_max"), (std::vector<float>{0, 1}));
  EXPECT_EQ(combined({{{0, 1}, 1, false}, {{9, 0}, 5, false}}, "min_max"), (std::vector<float>{5, 1}));
}

TEST(Ensemble, AConstantMemberAddsNothing) {
  EXPECT_EQ(combined({{{3, 3, 3}, 1, true}, {{0, 1, 2}, 1, true}}, "min_max"), (std::vector<float>{0, 0.5f, 1}));
}

TEST(Ensemble, OneMemberKeepsItsOrder) {
  const SmallWorld world = small_world(60, 40);
  EnsembleOptions options;
  options.members.erase(options.members.begin());
  const auto ensemble = options.build(), ease = make_recommender_options("ease")->build();
  ensemble->fit(world.data());
  ease->fit(world.data());
  const Query query{.history = world.interactions.row_indices(1)};
  const auto a = recommend(*ensemble, query, {.k = 10}), b = recommend(*ease, query, {.k = 10});
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_EQ(a[i].index, b[i].index);
}

TEST(Ensemble, WithoutMembersItIsRefused) {
  EnsembleOptions options;
  options.members.clear();
  EXPECT_THROW(options.build(), Error);
}

}  // namespace
}  // namespace genre
