#include "genre/engine/evaluation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <mutex>
#include <set>

#include "genre/base/error.h"
#include "genre/engine/testing.h"
#include "genre/engine/user_histories.h"
#include "genre/rec/registry.h"

namespace genre {
namespace {

ModelResult run(const Dataset& dataset, const std::string& name, const EvaluateOptions& options = {}) {
  const CsrMatrix train = dataset.matrix(kTrainPart, true);
  const Matrix vectors = testing_data::two_taste_vectors();
  const auto model = make_recommender_options(name)->build();
  model->fit({.interactions = train, .item_vectors = vectors});
  return Evaluation(dataset, options, 7).run(*model, name);
}

TEST(Evaluation, TasteModelsBeatPopularityAndSeenItemsAreLeftOut) {
  const Dataset dataset = testing_data::two_tastes();
  const ModelResult ease = run(dataset, "ease"), random = run(dataset, "random");
  EXPECT_EQ(ease.users, 20);
  EXPECT_GT(ease.metrics.at("ndcg@10").value, random.metrics.at("ndcg@10").value);
  const CsrMatrix seen = dataset.seen(kTrainPart | kValidPart);
  for (std::int64_t q = 0; q < ease.rankings.queries(); ++q) {
    const auto list = ease.rankings.list(q);
    EXPECT_EQ(list.size(), 10 - seen.row_indices(q).size());
    const auto row = seen.row_indices(q);
    for (const std::int32_t item : list) EXPECT_FALSE(std::binary_search(row.begin(), row.end(), item));
  }
}

TEST(Evaluation, SlicesSplitUsersAndItems) {
  Dataset dataset = testing_data::two_tastes();
  // The test event of user 0 moves to an item that nobody has in training.
  for (std::int64_t i = 0; i < dataset.interactions.size(); ++i)
    if (dataset.interactions.user[i] == 0 && dataset.interactions.part[i] == 2) dataset.interactions.item[i] = 9;
  const ModelResult result = run(dataset, "lm_content");
  EXPECT_EQ(result.slices.at("cold_item").users, 1);
  EXPECT_EQ(result.slices.at("warm").users, 19);
  EXPECT_EQ(result.slices.at("short_history").users, 20);
  EXPECT_FALSE(result.slices.contains("longer_history"));
  EXPECT_GT(result.slices.at("cold_item").metrics.at("ndcg@10").value, 0);
  std::int64_t users = 0;
  for (const auto& [name, slice] : result.slices)
    if (name.starts_with("item_")) users += slice.users;
  EXPECT_EQ(users, 20);  // each relevant item is in one of them
  EXPECT_GE(result.slices.at("item_0_5").users, 1);
}

TEST(Evaluation, ColdCandidatesRankOnlyItemsWithoutTraining) {
  Dataset dataset = testing_data::two_tastes();
  for (std::int64_t i = 0; i < dataset.interactions.size(); ++i)
    if (dataset.interactions.part[i] == 2) dataset.interactions.item[i] = 9;
  EvaluateOptions options;
  options.candidates = "cold";
  const ModelResult result = run(dataset, "lm_content", options);
  EXPECT_EQ(result.users, 20);
  for (const std::int32_t item : result.rankings.items) EXPECT_EQ(item, 9);
  EXPECT_EQ(result.metrics.at("ndcg@10").value, 1.0);
}

TEST(Evaluation, UsersOfWhomNothingIsKnownGetPopularityAsInTheService) {
  Dataset dataset = testing_data::two_tastes();
  for (std::int64_t i = 0; i < dataset.interactions.size(); ++i)
    if (dataset.interactions.user[i] == 0) dataset.interactions.part[i] = static_cast<std::uint8_t>(Part::kTest);
  const ModelResult ease = run(dataset, "ease"), popularity = run(dataset, "popularity");
  EXPECT_EQ(ease.fallback_users, 1);
  EXPECT_EQ(popularity.fallback_users, 0);
  EXPECT_TRUE(std::ranges::equal(ease.rankings.list(0), popularity.rankings.list(0)));
}

TEST(Evaluation, ListsOfACascadeAreFilledUp) {
  const Dataset dataset = testing_data::two_tastes();
  const ModelResult result = run(dataset, "cascade");
  const CsrMatrix seen = dataset.seen(kTrainPart | kValidPart);
  for (std::int64_t q = 0; q < result.rankings.queries(); ++q)
    EXPECT_EQ(result.rankings.list(q).size(), 10 - seen.row_indices(q).size());
}

TEST(Evaluation, NoTestUsersIsAClearError) {
  Dataset dataset = testing_data::two_tastes();
  for (auto& part : dataset.interactions.part) part = 0;
  EXPECT_THROW(Evaluation(dataset, {}, 7), Error);
}

TEST(Evaluation, PairsAreComparedWithHolmCorrection) {
  const Dataset dataset = testing_data::two_tastes();
  const Evaluation evaluation(dataset, {}, 7);
  const EvaluationResult result =
      evaluation.finish({run(dataset, "ease"), run(dataset, "random"), run(dataset, "popularity")});
  ASSERT_EQ(result.comparisons.size(), 3u);
  for (const auto& comparison : result.comparisons) {
    EXPECT_GE(comparison.p_holm, comparison.result.p);
    EXPECT_LE(comparison.p_holm, 1.0);
  }
}

TEST(Evaluation, ResultsDoNotChangeFromRunToRun) {
  const Dataset dataset = testing_data::two_tastes();
  const ModelResult a = run(dataset, "random"), b = run(dataset, "random");
  EXPECT_EQ(a.rankings.items, b.rankings.items);
  EXPECT_EQ(a.metrics.at("ndcg@10").low, b.metrics.at("ndcg@10").low);
}

TEST(Evaluation, SampledCandidatesAreTheRelevantItemsAndTheNegatives) {
  const Dataset dataset = testing_data::two_tastes();
  EvaluateOptions options;
  options.candidates = "sampled:2";
  const auto model = make_recommender_options("ease")->build();
  const CsrMatrix train = dataset.matrix(kTrainPart, true);
  model->fit({.interactions = train});
  const Evaluation evaluation(dataset, options, 7);
  const EvaluationResult result = evaluation.finish({evaluation.run(*model, "ease")});
  for (std::int64_t q = 0; q < evaluation.queries(); ++q) {
    std::vector<std::int32_t> offered(evaluation.negatives()->of(q).begin(), evaluation.negatives()->of(q).end());
    EXPECT_EQ(offered.size(), 2u);
    const auto relevant = result.judgements.relevant(q);
    offered.insert(offered.end(), relevant.begin(), relevant.end());
    const auto list = result.models.front().rankings.list(q);
    EXPECT_EQ(list.size(), offered.size());
    for (const std::int32_t item : list) EXPECT_NE(std::find(offered.begin(), offered.end(), item), offered.end());
  }
  ASSERT_FALSE(result.warnings.empty());
  EXPECT_NE(result.warnings.front().find("sampled:2"), std::string::npos);
}

TEST(Evaluation, ListsAreMeasuredByTheSidesOfItems) {
  const Dataset dataset = testing_data::two_tastes();
  const Matrix vectors = testing_data::two_taste_vectors();
  const auto model = make_recommender_options("lm_content")->build();
  const CsrMatrix train = dataset.matrix(kTrainPart, true);
  model->fit({.interactions = train, .item_vectors = vectors});
  const ModelResult plain = Evaluation(dataset, {}, 7).run(*model, "a");
  EXPECT_EQ(plain.lists.similarity, "cosine of training interactions");
  const ModelResult result = Evaluation(dataset, {}, 7, {.vectors = vectors}).run(*model, "a");
  EXPECT_EQ(result.lists.similarity, "cosine of item vectors");
  EXPECT_EQ(result.lists.k, 20);
  EXPECT_NE(result.lists.intra_list_diversity.value, plain.lists.intra_list_diversity.value);
  EXPECT_LE(result.lists.intra_list_diversity.low, result.lists.intra_list_diversity.value);
}

TEST(Evaluation, PopularityShowsNothingThatPopularityWouldNotShow) {
  const Dataset dataset = testing_data::two_tastes();
  EvaluateOptions options;
  options.metrics = {"precision@2"};
  EXPECT_EQ(run(dataset, "popularity", options).lists.serendipity.value, 0);
  const ModelResult ease = run(dataset, "ease", options);
  EXPECT_GT(ease.lists.serendipity.value, 0);
  EXPECT_LE(ease.lists.serendipity.value, ease.metrics.at("precision@2").value);
}

// Keeps what it is asked with.
class Listens : public Recommender {
 public:
  std::string_view name() const override { return "listens"; }
  void fit(const TrainingData&) override {}
  void score(std::span<const Query> queries, MatrixView scores) const override {
    const std::lock_guard lock(mutex_);
    for (std::size_t q = 0; q < queries.size(); ++q) {
      by_nobody = by_nobody && !queries[q].user && queries[q].history.empty() && queries[q].seen.empty();
      heard.emplace(queries[q].text.begin(), queries[q].text.end());
      words.emplace(queries[q].words);
      std::ranges::fill(scores.row(static_cast<std::int64_t>(q)), 0.0f);
    }
  }
  bool personalises(const Query& query) const override { return !query.history.empty() || !query.text.empty(); }
  std::int64_t items() const override { return 10; }
  void save(SafetensorsWriter&, const std::string&) const override {}
  void load(const SafetensorsFile&, const std::string&) override {}
  mutable std::mutex mutex_;
  mutable bool by_nobody = true;
  mutable std::multiset<std::vector<float>> heard;
  mutable std::multiset<std::string> words;
};

TEST(Evaluation, WordsAreTheTextOfTheNewestItemAndNothingElse) {
  const Dataset dataset = testing_data::two_tastes();
  Matrix vectors = testing_data::two_taste_vectors();
  const UserHistories histories = user_histories(dataset, kTrainPart | kValidPart);
  const std::int32_t silent = histories.positives(0).back();
  std::ranges::fill(vectors.row(silent), 0.0f);
  EvaluateOptions options;
  options.history = "words";
  const Listens model;
  const Evaluation evaluation(dataset, options, 7, {.vectors = vectors});
  const ModelResult result = evaluation.run(model, "a");
  std::multiset<std::vector<float>> wanted;
  std::int64_t fallbacks = 0;
  for (const std::int32_t user : evaluation.users()) {
    const std::int32_t newest = histories.positives(user).back();
    const auto said = vectors.row(newest);
    wanted.insert(newest == silent ? std::vector<float>() : std::vector<float>(said.begin(), said.end()));
    fallbacks += newest == silent ? 1 : 0;
  }
  EXPECT_TRUE(model.by_nobody);
  EXPECT_EQ(model.heard, wanted);
  EXPECT_GT(fallbacks, 0);
  EXPECT_EQ(result.fallback_users, fallbacks);
}

TEST(Evaluation, WordsAreSaidToModelsThatReadThemWithoutALanguageModel) {
  const Dataset dataset = testing_data::two_tastes();
  const UserHistories histories = user_histories(dataset, kTrainPart | kValidPart);
  std::vector<std::string> texts;
  for (int i = 0; i < 10; ++i) texts.push_back("item " + std::to_string(i));
  const std::int32_t silent = histories.positives(0).back();
  texts[silent].clear();
  EvaluateOptions options;
  options.history = "words";
  const Listens model;
  const Evaluation evaluation(dataset, options, 7, {.texts = texts});
  const ModelResult result = evaluation.run(model, "a");
  std::multiset<std::string> wanted;
  for (const std::int32_t user : evaluation.users()) wanted.insert(texts[histories.positives(user).back()]);
  EXPECT_EQ(model.words, wanted);
  EXPECT_TRUE(model.by_nobody);
  EXPECT_EQ(result.fallback_users, std::ssize(evaluation.users()));  // Listens reads vectors
}

TEST(Evaluation, WordsNeedTextsAndPredictNoRatings) {
  const Dataset dataset = testing_data::two_tastes();
  const Matrix vectors = testing_data::two_taste_vectors();
  EvaluateOptions options;
  options.history = "words";
  EXPECT_THROW(Evaluation(dataset, options, 7), Error);
  const std::vector<std::string> none(10);
  EXPECT_THROW(Evaluation(dataset, options, 7, {.texts = none}), Error);
  options.metrics.push_back("rmse");
  EXPECT_THROW(Evaluation(dataset, options, 7, {.vectors = vectors}), Error);
}

TEST(Evaluation, AreasNeedEventsThatAreNotLiked) {
  Dataset dataset = testing_data::two_tastes();
  EvaluateOptions options;
  options.metrics = {"ndcg@10", "auc", "gauc"};
  EXPECT_THROW(Evaluation(dataset, options, 7), Error);
  Interactions& all = dataset.interactions;
  // Every other event of the test part was of something that its user did not like.
  for (std::size_t n = 0, tested = 0; n < all.part.size(); ++n)
    if (all.part[n] == 2 && tested++ % 2 == 0) all.positive[n] = 0;
  const ModelResult result = run(dataset, "popularity", options);
  EXPECT_GE(result.metrics.at("auc").value, 0);
  EXPECT_LE(result.metrics.at("auc").value, 1);
  EXPECT_EQ(result.metrics.count("gauc"), 1u);
}

TEST(Evaluation, GroupsOfUsersAreThoseOfTheirFields) {
  Dataset dataset = testing_data::two_tastes();
  for (int u = 0; u < 20; ++u) dataset.user_fields.fields["colour"].push_back(u % 2 == 0 ? "red" : "blue");
  EvaluateOptions options;
  options.user_groups = {"colour"};
  const ModelResult result = run(dataset, "ease", options);
  ASSERT_EQ(result.user_groups.size(), 1u);
  ASSERT_EQ(result.user_groups[0].groups.size(), 2u);
  const UserGroup& blue = result.user_groups[0].groups[0];
  double sum = 0;
  for (int u = 1; u < 20; u += 2) sum += result.per_user.at("ndcg@10")[u];
  EXPECT_NEAR(blue.metrics.at("ndcg@10").value, sum / 10, 1e-12);
  EXPECT_TRUE(result.user_groups[0].gaps.empty());  // ten users are too few
  options.user_groups = {"color"};
  EXPECT_THROW(Evaluation(dataset, options, 7), Error);
}

// A model that scores the newest history item's successor highest, to see what it is asked with.
class AsksForOrder : public Recommender {
 public:
  std::string_view name() const override { return "asks_for_order"; }
  void fit(const TrainingData&) override {}
  void score(std::span<const Query> queries, MatrixView scores) const override {
    for (std::size_t q = 0; q < queries.size(); ++q) {
      const auto row = scores.row(static_cast<std::int64_t>(q));
      std::fill(row.begin(), row.end(), 0.0f);
      newest.push_back(queries[q].history.empty() ? -1 : queries[q].history.back());
      seen.emplace_back(queries[q].seen.begin(), queries[q].seen.end());
    }
  }
  bool personalises(const Query&) const override { return true; }
  std::int64_t items() const override { return 10; }
  void save(SafetensorsWriter&, const std::string&) const override {}
  void load(const SafetensorsFile&, const std::string&) override {}
  mutable std::vector<std::int32_t> newest;
  mutable std::vector<std::vector<std::int32_t>> seen;
};

TEST(Evaluation, HistoriesAreOldestFirstAndEndBeforeWhatTheProtocolHides) {
  Dataset dataset;
  dataset.users = IdMap({"u"});
  dataset.items = IdMap({"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"});
  dataset.types = {"view"};
  Interactions& all = dataset.interactions;
  all.user = {0, 0, 0, 0, 0};
  all.item = {7, 2, 5, 4, 9};
  all.value = all.weight = {1, 1, 1, 1, 1};
  all.time = {1, 2, 3, 4, 5};
  all.type = {0, 0, 0, 0, 0};
  all.positive = {1, 1, 0, 1, 1};
  all.part = {0, 0, 0, 1, 2};
  AsksForOrder model;
  EvaluateOptions options;
  Evaluation(dataset, options, 7).run(model, "a");
  options.history = "train";
  const ModelResult result = Evaluation(dataset, options, 7).run(model, "b");
  EXPECT_EQ(model.newest, (std::vector<std::int32_t>{4, 2}));
  EXPECT_EQ(model.seen, (std::vector<std::vector<std::int32_t>>{{7, 2, 5, 4}, {7, 2, 5}}));
  for (const std::int32_t seen : {7, 2, 5, 4})
    EXPECT_EQ(std::count(result.rankings.items.begin(), result.rankings.items.end(), seen), 0);
}

TEST(Evaluation, AShareOfTheFutureIsWarnedOf) {
  Dataset dataset = testing_data::two_tastes();
  dataset.has_time = true;
  for (std::int64_t i = 0; i < dataset.interactions.size(); ++i) dataset.interactions.time[i] = -i;
  EvaluateOptions options;
  const Evaluation evaluation(dataset, options, 7);
  const auto warnings = evaluation.finish({}).warnings;
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_NE(warnings.front().find("future"), std::string::npos);
}

}  // namespace
}  // namespace genre
