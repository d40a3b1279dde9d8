#include "genre/rec/text_classifier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "genre/base/error_of_test.h"
#include "genre/data/history_text.h"
#include "genre/rec/one_user_dataset_test.h"
#include "genre/rec/small_world_test.h"
#include "genre/rec/theme_models_test.h"

namespace genre {
namespace {

using ::testing::HasSubstr;

TextClassifierOptions by_theme() {
  TextClassifierOptions options;
  options.classifier = "themes";
  options.connect(std::make_shared<ThemeModels>());
  return options;
}

// Four items, of which the second has two labels and the last one that the classifier does not know.
struct FourItems {
  CsrMatrix interactions = csr_from_triplets(3, 4, {{0, 0, 1}, {1, 0, 1}, {2, 0, 1}, {0, 1, 1}});
  CsrMatrix features = csr_from_triplets(4, 3, {{0, 0, 1}, {1, 0, 1}, {1, 1, 1}, {2, 1, 1}, {3, 2, 1}});
  std::vector<std::string> names = {"genres=0", "genres=1", "genres=odd"};
  std::vector<std::string> texts = {"theme0", "theme0 and theme1", "theme1", ""};
  TrainingData data() const {
    return {.interactions = interactions,
            .item_vectors = {},
            .item_texts = texts,
            .item_features = &features,
            .feature_names = names};
  }
};

TEST(TextClassifier, ScoresArePopularityTimesTheMeanLiftOfTheLabels) {
  const FourItems world;
  TextClassifierOptions options = by_theme();
  options.shrink = 0.1;
  const auto model = options.build();
  model->fit(world.data());
  // Of the three users the first read "theme0; theme0 and theme1" in some order, the others "theme0".
  const double usual_0 = (2.0 / 3 + 1 + 1) / 3, usual_1 = (1.0 / 3) / 3;
  const std::vector<std::int32_t> history = {2, 1};  // "theme0 and theme1; theme1": one third, two thirds
  const double lift_0 = (1.0 / 3 + 0.1) / (usual_0 + 0.1), lift_1 = (2.0 / 3 + 0.1) / (usual_1 + 0.1);
  const auto scores = scores_of(*model, {.history = history});
  EXPECT_NEAR(scores[0], 4 * lift_0, 1e-5);
  EXPECT_NEAR(scores[1], 2 * (lift_0 + lift_1) / 2, 1e-5);
  EXPECT_NEAR(scores[2], 1 * lift_1, 1e-5);
  EXPECT_EQ(scores[3], 1);  // its label is none of the classifier's
  EXPECT_EQ(scores_of(*model, {}), (std::vector<float>{4, 2, 1, 1}));
}

TEST(TextClassifier, WordsAreReadAsTheyAreSaidAndInFrontOfTheHistory) {
  const SmallWorld world = small_world(40, 24);
  const auto model = by_theme().build();
  model->fit(world.data());
  const Query words{.words = "something with theme3"};
  EXPECT_TRUE(model->personalises(words));
  for (const auto& entry : recommend(*model, words, {.k = 6})) EXPECT_EQ(entry.index % 4, 3);
  const std::vector<std::int32_t> history = {2};
  EXPECT_EQ(recommend(*model, {.history = history}, {.k = 1})[0].index % 4, 2);
  const auto both = scores_of(*model, {.history = history, .words = "theme3"});
  const auto words_alone = scores_of(*model, words), history_alone = scores_of(*model, {.history = history});
  for (std::size_t i = 0; i < both.size(); ++i)
    EXPECT_NEAR(both[i], (words_alone[i] + history_alone[i]) / 2, 1e-4 * both[i]);
}

TEST(TextClassifier, OnlyTheNewestEventsAreRead) {
  const SmallWorld world = small_world(40, 24);
  TextClassifierOptions options = by_theme();
  options.events = 2;
  const auto model = options.build();
  model->fit(world.data());
  const std::vector<std::int32_t> all = {1, 5, 9, 2, 3}, newest = {2, 3};
  EXPECT_EQ(scores_of(*model, {.history = all}), scores_of(*model, {.history = newest}));
}

class Listens : public ThemeLabels {
 public:
  Listens() : ThemeLabels("listens") {}
  Matrix probabilities(std::span<const std::string> texts) const override {
    heard.insert(heard.end(), texts.begin(), texts.end());
    return ThemeLabels::probabilities(texts);
  }
  mutable std::vector<std::string> heard;
};

TEST(TextClassifier, ReadsWhatTheExportWritesForTraining) {
  const std::vector<std::int32_t> history = {2, 0, 1};
  const Dataset dataset = one_user_dataset(4, history);
  const FourItems world;
  const auto listens = std::make_shared<Listens>();
  auto models = std::make_shared<ThemeModels>();
  models->labels = listens;
  TextClassifierOptions options = by_theme();
  options.connect(models);
  const auto model = options.build();
  model->fit(world.data());
  listens->heard.clear();
  scores_of(*model, {.history = history});
  const HistoryWriter writer(dataset, world.texts, {.event = "{item}"});
  EXPECT_EQ(listens->heard, std::vector{writer.write(0, kTrainPart).text});
}

TEST(TextClassifier, WhatIsMissingIsSaid) {
  const FourItems world;
  TextClassifierOptions unnamed = by_theme();
  unnamed.classifier.clear();
  EXPECT_EQ(error_of([&] { unnamed.build()->fit(world.data()); }).place().key, "model.classifier");
  TrainingData bare = world.data();
  bare.item_features = nullptr;
  EXPECT_THAT(error_of([&] { by_theme().build()->fit(bare); }).hint(), HasSubstr("[item_features]"));
  TextClassifierOptions elsewhere = by_theme();
  elsewhere.field = "colour";
  const Error error = error_of([&] { elsewhere.build()->fit(world.data()); });
  EXPECT_EQ(error.code(), ErrorCode::kData);
  EXPECT_THAT(error.what(), HasSubstr("'colour'"));
}

// Knows its classifier by one name alone.
struct NamedModels : ThemeModels {
  std::shared_ptr<const LabelsTexts> classifier(const std::string& name) const override {
    if (name != labels->name()) throw Error(ErrorCode::kNotFound, "no '" + name + "'");
    return labels;
  }
};

TEST(TextClassifier, IsOpenedByItsWholeNameWhateverItWasAskedFor) {
  const FourItems world;
  const auto model = by_theme().build();
  model->fit(world.data());
  SafetensorsWriter out;
  model->save(out, "");
  const auto path = std::filesystem::path(::testing::TempDir()) / "text_classifier_elsewhere.safetensors";
  out.write(path);
  TextClassifierOptions options;
  options.classifier = "a path from another folder";
  options.connect(std::make_shared<NamedModels>());
  const auto loaded = options.build();
  loaded->load(SafetensorsFile(path), "");
  EXPECT_EQ(scores_of(*loaded, {.words = "theme1"}), scores_of(*model, {.words = "theme1"}));
}

TEST(TextClassifier, AnotherClassifierThanThatOfTrainingIsRefused) {
  const FourItems world;
  const auto model = by_theme().build();
  model->fit(world.data());
  SafetensorsWriter out;
  model->save(out, "");
  const auto path = std::filesystem::path(::testing::TempDir()) / "text_classifier.safetensors";
  out.write(path);
  auto models = std::make_shared<ThemeModels>();
  models->labels = std::make_shared<ThemeLabels>("retrained");
  TextClassifierOptions options = by_theme();
  options.connect(models);
  const Error error = error_of([&] { options.build()->load(SafetensorsFile(path), ""); });
  EXPECT_EQ(error.code(), ErrorCode::kData);
  EXPECT_THAT(error.what(), HasSubstr("not the one"));
}

}  // namespace
}  // namespace genre
