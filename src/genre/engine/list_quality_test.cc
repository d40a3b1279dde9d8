#include "genre/engine/list_quality.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "genre/base/error.h"
#include "genre/data/item_features.h"
#include "genre/engine/testing.h"
#include "genre/eval/calibration.h"
#include "genre/eval/list_diversity.h"

namespace genre {
namespace {

Dataset with_colours() {
  Dataset out = testing_data::two_tastes();
  for (int i = 0; i < 10; ++i)
    out.item_fields.fields["colour"].push_back(i == 9 ? "" : i < 5 ? (i == 0 ? "red|dark" : "red") : "blue");
  return out;
}

struct Lists {
  Rankings rankings, popular;
  Judgements judgements;
  std::vector<std::int64_t> history_offsets = {0, 2, 3};
  std::vector<std::int32_t> history = {1, 6, 0};
  Lists() {
    rankings.items = {2, 0, 9, 5, 7, 1};
    rankings.scores.resize(6, 0);
    rankings.offsets = {0, 3, 6};
    popular.items = {2, 5};
    popular.offsets = {0, 1, 2};
    judgements.items = {0, 2, 7};
    judgements.offsets = {0, 2, 3};
  }
  ListQuality by(const ListQualityMeter& meter) const {
    return meter.measure(rankings, 3, judgements, popular, history_offsets, history, 7);
  }
};

double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

TEST(ListQuality, FieldsAreUsedWhereThereAreNoVectors) {
  const Dataset dataset = with_colours();
  const CsrMatrix train = dataset.matrix(kTrainPart, true);
  const Lists lists;
  const ListQuality out = lists.by({dataset, {}, {}, train});
  const CsrMatrix colours =
      item_features(dataset, {.fields_used = {"colour"}, .separator = "|", .minimum_items = 1}).matrix;
  EXPECT_EQ(out.similarity, "Jaccard of colour");
  EXPECT_NEAR(out.intra_list_diversity.value, mean(diversity_by_features(lists.rankings, 3, colours)), 1e-12);
  EXPECT_EQ(out.calibration_field, "colour");
  EXPECT_NEAR(out.calibration.value,
              mean(calibration(lists.rankings, 3, lists.history_offsets, lists.history, colours)), 1e-12);
  EXPECT_NEAR(out.serendipity.value, (1.0 / 3 + 1.0 / 3) / 2, 1e-12);  // 0 for the first, 7 for the second
}

TEST(ListQuality, SimilarityIsVectorsThenFeaturesThenInteractionsUnlessItIsNamed) {
  const Dataset dataset = with_colours(), bare = testing_data::two_tastes();
  const CsrMatrix train = dataset.matrix(kTrainPart, true);
  const Matrix vectors = testing_data::two_taste_vectors();
  const CsrMatrix years = item_features(dataset, {.fields_used = {"year"}, .minimum_items = 1}).matrix;
  const Lists lists;
  const auto name = [&](const Dataset& of, const std::string& similarity, const SimilaritySources& side) {
    EvaluateOptions options;
    options.similarity = similarity;
    return lists.by({of, options, side, train}).similarity;
  };
  const SimilaritySources everything{.vectors = vectors, .features = &years};
  EXPECT_EQ(name(dataset, "auto", everything), "cosine of item vectors");
  EXPECT_EQ(name(dataset, "auto", {.vectors = {}, .features = &years}), "Jaccard of item_features");
  EXPECT_EQ(name(dataset, "features", everything), "Jaccard of item_features");
  EXPECT_EQ(name(dataset, "interactions", everything), "cosine of training interactions");
  EXPECT_EQ(name(bare, "auto", {}), "cosine of training interactions");
  EXPECT_THROW(name(bare, "vectors", {}), Error);
  EXPECT_THROW(name(bare, "features", {}), Error);
}

TEST(ListQuality, WithoutAFieldCalibrationIsUndefined) {
  const Dataset dataset = testing_data::two_tastes();
  const ListQuality out = Lists().by({dataset, {}, {}, dataset.matrix(kTrainPart, true)});
  EXPECT_TRUE(out.calibration_field.empty());
  EXPECT_TRUE(std::isnan(out.calibration.value));
  ASSERT_EQ(out.exposure.size(), 1u);
  EXPECT_EQ(out.exposure[0].names, (std::vector<std::string>{"head", "tail"}));
}

TEST(ListQuality, GroupsOfItemsHaveTheirExposureAndThoseWithoutAreNamedEmpty) {
  const Dataset dataset = with_colours();
  EvaluateOptions options;
  options.item_groups = {"colour"};
  const ListQuality out = Lists().by({dataset, options, {}, dataset.matrix(kTrainPart, true)});
  ASSERT_EQ(out.exposure.size(), 2u);
  const ItemGroupExposure& colours = out.exposure[1];
  EXPECT_EQ(colours.names, (std::vector<std::string>{"blue", "dark", "red", ""}));
  const double ranks = 1 + 1 / std::log2(3) + 1 / std::log2(4);
  // First list: red, half red half dark, none. Second: blue, blue, red.
  EXPECT_NEAR(colours.exposure[1].exposure, 0.5 / std::log2(3) / ranks / 2, 1e-12);
  EXPECT_NEAR(colours.exposure[3].exposure, 0.5 / ranks / 2, 1e-12);
  EXPECT_NEAR(colours.exposure[0].relevance, 0.5, 1e-12);
  options.item_groups = {"color"};
  EXPECT_THROW(ListQualityMeter(dataset, options, {}, dataset.matrix(kTrainPart, true)), Error);
}

}  // namespace
}  // namespace genre
