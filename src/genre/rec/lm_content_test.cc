#include "genre/rec/lm_content.h"

#include <gtest/gtest.h>

#include <cmath>

#include "genre/base/error.h"
#include "genre/rec/small_world_test.h"

namespace genre {
namespace {

const CsrMatrix& no_interactions(std::int64_t items) {
  static CsrMatrix matrix;
  matrix = csr_from_triplets(1, items, {});
  return matrix;
}

Matrix rows(std::vector<std::vector<float>> values) {
  Matrix out(static_cast<std::int64_t>(values.size()), static_cast<std::int64_t>(values[0].size()));
  for (std::size_t r = 0; r < values.size(); ++r)
    std::copy(values[r].begin(), values[r].end(), out.row(static_cast<std::int64_t>(r)).begin());
  return out;
}

LmContent fitted(const Matrix& vectors, bool centre, double decay = 1, double text_share = 0.5) {
  LmContentOptions options;
  options.centre = centre;
  options.decay = decay;
  options.text_share = text_share;
  LmContent model(options);
  model.fit({no_interactions(vectors.rows()), vectors, 7});
  return model;
}

const Matrix kAxes = rows({{1, 0}, {0, 1}, {0.6f, 0.8f}, {0, 0}});

TEST(LmContent, ScoresAreCosinesWithTheMeanOfTheHistory) {
  const LmContent model = fitted(kAxes, false);
  const std::vector<std::int32_t> history = {0, 1};
  const auto scores = scores_of(model, {.history = history});
  EXPECT_NEAR(scores[0], std::sqrt(0.5), 1e-6);
  EXPECT_NEAR(scores[2], 1.4 * std::sqrt(0.5), 1e-6);
}

TEST(LmContent, ItemsWithoutTextAreNeverListed) {
  const LmContent model = fitted(kAxes, false);
  const std::vector<std::int32_t> history = {0}, textless = {3};
  EXPECT_EQ(scores_of(model, {.history = history})[3], kMasked);
  EXPECT_EQ(recommend(model, {.history = history}, {.k = 10}).size(), 3u);
  EXPECT_FALSE(model.personalises({.history = textless}));
  EXPECT_TRUE(model.similar_items(3, 5).empty());
}

TEST(LmContent, DecayFavoursWhatCameLast) {
  const LmContent model = fitted(kAxes, false, /*decay=*/0.5);
  const std::vector<std::int32_t> history = {0, 1};
  const auto scores = scores_of(model, {.history = history});
  EXPECT_NEAR(scores[1] / scores[0], 2, 1e-5);
  const LmContent newest = fitted(kAxes, false, /*decay=*/0);
  EXPECT_NEAR(scores_of(newest, {.history = history})[0], 0, 1e-6);
}

TEST(LmContent, WordsAloneRankItemsByTheirText) {
  const LmContent model = fitted(kAxes, false);
  const std::vector<float> text = {0, 1};
  EXPECT_TRUE(model.personalises({.text = text}));
  const auto list = recommend(model, {.text = text}, {.k = 2});
  EXPECT_EQ(list[0].index, 1);
  EXPECT_NEAR(list[0].score, 1, 1e-6);
  EXPECT_EQ(list[1].index, 2);
}

TEST(LmContent, WordsAndHistoryAreMixedByTheirShare) {
  const std::vector<std::int32_t> history = {0};
  const std::vector<float> text = {0, 1};
  EXPECT_EQ(recommend(fitted(kAxes, false, 1, 0.1), {.history = history, .text = text}, {.k = 1})[0].index, 0);
  EXPECT_EQ(recommend(fitted(kAxes, false, 1, 0.5), {.history = history, .text = text}, {.k = 1})[0].index, 2);
  EXPECT_EQ(recommend(fitted(kAxes, false, 1, 0.9), {.history = history, .text = text}, {.k = 1})[0].index, 1);
}

TEST(LmContent, AWordVectorOfAnotherWidthIsRefused) {
  const LmContent model = fitted(kAxes, false);
  const std::vector<float> text = {0, 1, 0};
  EXPECT_THROW(scores_of(model, {.text = text}), Error);
}

TEST(LmContent, CentringTakesAwayWhatAllItemsShare) {
  // A large first dimension that says nothing, and a second that tells two groups apart.
  Matrix vectors = rows({{0.99f, 0.14f}, {0.99f, 0.12f}, {0.99f, -0.14f}, {0.99f, -0.12f}});
  const std::vector<std::int32_t> history = {0};
  const auto plain = scores_of(fitted(vectors, false), {.history = history}),
             centred = scores_of(fitted(vectors, true), {.history = history});
  EXPECT_GT(plain[2], 0.9);
  EXPECT_GT(centred[1], 0.9);
  EXPECT_LT(centred[2], -0.9);
}

TEST(LmContent, OneItemSurvivesCentring) {
  const LmContent model = fitted(rows({{1, 0}, {0, 0}}), true);
  const std::vector<float> text = {1, 0};
  EXPECT_NEAR(scores_of(model, {.text = text})[0], 1, 1e-6);
}

}  // namespace
}  // namespace genre
