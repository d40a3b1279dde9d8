#include "genre/engine/event_metrics.h"

#include <gtest/gtest.h>

#include <cmath>

#include "genre/engine/testing.h"
#include "genre/rec/registry.h"

namespace genre {
namespace {

// Rates item i with i, and knows nothing of item 5.
class RatesByNumber : public Recommender, public PredictsRatings {
 public:
  std::string_view name() const override { return "rates_by_number"; }
  void fit(const TrainingData&) override {}
  void score(std::span<const Query> queries, MatrixView scores) const override {
    for (std::size_t q = 0; q < queries.size(); ++q)
      for (std::int64_t i = 0; i < 10; ++i)
        scores.row(static_cast<std::int64_t>(q))[i] = i == 5 ? kMasked : static_cast<float>(i);
  }
  bool personalises(const Query&) const override { return true; }
  std::int64_t items() const override { return 10; }
  void save(SafetensorsWriter&, const std::string&) const override {}
  void load(const SafetensorsFile&, const std::string&) override {}
  std::pair<float, float> rating_range() const override { return {1, 4}; }
};

Dataset four_test_events() {
  Dataset dataset;
  dataset.users = IdMap({"a", "b"});
  dataset.items = testing_data::two_tastes().items;
  dataset.types = {"rating"};
  Interactions& all = dataset.interactions;
  all.user = {0, 0, 0, 1};
  all.item = {0, 3, 5, 9};
  all.value = all.weight = {2, 3, 1, 1};
  all.time = {1, 2, 3, 4};
  all.type = {0, 0, 0, 0};
  all.positive = {0, 1, 0, 0};
  all.part = {2, 2, 2, 2};
  return dataset;
}

TEST(EventMetrics, PredictionsAreClippedAndMaskedItemsLeftOut) {
  const Dataset dataset = four_test_events();
  const std::vector<std::string> names = {"rmse", "mae"};
  const auto out = event_metrics(RatesByNumber(), dataset, kTrainPart, names, 7, 100);
  EXPECT_NEAR(out.at("mae").value, (1 + 0 + 3) / 3.0, 1e-12);
  EXPECT_NEAR(out.at("rmse").value, std::sqrt((1 + 0 + 9) / 3.0), 1e-12);
  EXPECT_LE(out.at("rmse").low, out.at("rmse").value);
}

// Liked: item 3; not liked: items 0, 9 and 5, of which the model says nothing.
TEST(EventMetrics, AreasPutWhatNothingIsSaidOfBelowAllOthers) {
  const std::vector<std::string> names = {"auc", "gauc"};
  const auto out = event_metrics(RatesByNumber(), four_test_events(), kTrainPart, names, 7, 100);
  EXPECT_NEAR(out.at("auc").value, 2.0 / 3, 1e-12);
  EXPECT_NEAR(out.at("gauc").value, 1, 1e-12);
  EXPECT_LE(out.at("auc").low, out.at("auc").value);
}

TEST(EventMetrics, UsersWithoutTestEventsAreNotDrawn) {
  const std::vector<std::string> names = {"auc", "gauc"};
  const auto out = event_metrics(RatesByNumber(), four_test_events(), kTrainPart, names, 7, 100);
  Dataset more = four_test_events();
  more.users = IdMap({"a", "b", "c", "d", "e"});
  const auto same = event_metrics(RatesByNumber(), more, kTrainPart, names, 7, 100);
  for (const auto& name : names) {
    EXPECT_EQ(same.at(name).value, out.at(name).value);
    EXPECT_EQ(same.at(name).low, out.at(name).low);
    EXPECT_EQ(same.at(name).high, out.at(name).high);
  }
}

TEST(EventMetrics, AModelOfListsHasNoRatingErrors) {
  const Dataset dataset = testing_data::two_tastes();
  const auto model = make_recommender_options("popularity")->build();
  const std::vector<std::string> names = {"rmse"};
  EXPECT_TRUE(event_metrics(*model, dataset, kTrainPart, names, 7, 100).empty());
}

}  // namespace
}  // namespace genre
