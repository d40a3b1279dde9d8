// A classifier in place of a decoder, as lm_rank asks it.
#include "genre/rec/label_answers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "genre/base/error_of_test.h"
#include "genre/rec/lm_rank.h"
#include "genre/rec/small_world_test.h"
#include "genre/rec/theme_models_test.h"

namespace genre {
namespace {

using ::testing::HasSubstr;

// Answers as ThemeDecoder does, as the probabilities of labels; the id and the labels are given.
class ThemeAnswers : public LabelsTexts {
 public:
  explicit ThemeAnswers(std::string id, std::vector<std::string> labels = {"no", "yes"})
      : labels_(std::move(labels)), id_(std::move(id)) {}
  const std::vector<std::string>& labels() const override { return labels_; }
  Matrix probabilities(std::span<const std::string> texts) const override {
    heard.assign(texts.begin(), texts.end());
    Matrix out = ThemeDecoder("the same").log_probabilities(texts, labels_);
    for (std::int64_t row = 0; row < out.rows(); ++row)
      for (float& value : out.row(row)) value = std::exp(value);
    return out;
  }
  const std::string& name() const override { return name_; }
  const std::string& id() const override { return id_; }
  mutable std::vector<std::string> heard;

 private:
  std::vector<std::string> labels_;
  std::string name_ = "answers", id_;
};

LmRankOptions asking_classifier(std::shared_ptr<const LabelsTexts> labels) {
  LmRankOptions options;
  options.decoder.clear();
  options.classifier = "answers";
  auto models = std::make_shared<ThemeModels>();
  models->labels = std::move(labels);
  options.connect(models);
  return options;
}

std::unique_ptr<Recommender> fitted_ranker(const LmRankOptions& options, const SmallWorld& world) {
  auto model = options.build();
  model->fit(world.data());
  return model;
}

TEST(LabelAnswers, WhatIsImpossibleHasALogarithm) {
  struct Sure : ThemeAnswers {
    using ThemeAnswers::ThemeAnswers;
    Matrix probabilities(std::span<const std::string> texts) const override {
      Matrix out(std::ssize(texts), 2);
      for (std::int64_t row = 0; row < out.rows(); ++row) out.row(row)[1] = 1;
      return out;
    }
  };
  const std::vector<std::string> prompts = {"a", "b"}, answers = {"yes", "no", "yes"};
  const Matrix said = LabelAnswers(std::make_shared<Sure>("sure"), {}).log_probabilities(prompts, answers);
  for (std::int64_t p = 0; p < 2; ++p) {
    EXPECT_EQ(said.row(p)[0], 0);
    EXPECT_EQ(said.row(p)[2], 0);
    EXPECT_LT(said.row(p)[1], -80);
    EXPECT_TRUE(std::isfinite(said.row(p)[1]));
  }
}

TEST(LabelAnswers, AClassifierAnswersWithTheProbabilitiesOfItsLabels) {
  const SmallWorld world = small_world(60, 40);
  const auto labels = std::make_shared<ThemeAnswers>("one");
  const auto options = asking_classifier(labels);
  LmRankOptions asking_decoder;
  asking_decoder.connect(std::make_shared<ThemeModels>());
  const auto model = fitted_ranker(options, world), by_decoder = fitted_ranker(asking_decoder, world);
  for (std::int32_t user = 0; user < 20; ++user) {
    const Query query{.history = world.interactions.row_indices(user)};
    const auto scores = scores_of(*model, query), wanted = scores_of(*by_decoder, query);
    for (std::size_t item = 0; item < scores.size(); ++item) EXPECT_NEAR(scores[item], wanted[item], 1e-5);
  }
  EXPECT_EQ(labels->heard.size(), 20u);
  EXPECT_NE(options.outside(), asking_classifier(std::make_shared<ThemeAnswers>("two")).outside());
}

TEST(LabelAnswers, AClassifierIsFoundAgainAndAnotherRefused) {
  const SmallWorld world = small_world(30, 24);
  const auto model = fitted_ranker(asking_classifier(std::make_shared<ThemeAnswers>("one")), world);
  SafetensorsWriter out;
  model->save(out, "");
  const auto path = std::filesystem::path(::testing::TempDir()) / "lm_rank_classifier.safetensors";
  out.write(path);
  const auto same = asking_classifier(std::make_shared<ThemeAnswers>("one")).build();
  same->load(SafetensorsFile(path), "");
  const Query query{.history = world.interactions.row_indices(0)};
  EXPECT_EQ(scores_of(*same, query), scores_of(*model, query));
  const auto other = asking_classifier(std::make_shared<ThemeAnswers>("two")).build();
  const Error error = error_of([&] { other->load(SafetensorsFile(path), ""); });
  EXPECT_EQ(error.code(), ErrorCode::kData);
  EXPECT_THAT(error.what(), HasSubstr("classifier 'answers' is not the one"));
}

TEST(LabelAnswers, RefusesAClassifierOfOtherLabelsAndWhatItHasNoUseFor) {
  const SmallWorld world = small_world(20, 24);
  const auto of_genres =
      asking_classifier(std::make_shared<ThemeAnswers>("one", std::vector<std::string>{"yes", "maybe"}));
  const Error error = error_of([&] { of_genres.build()->fit(world.data()); });
  EXPECT_EQ(error.place().key, "model.classifier");
  EXPECT_THAT(error.what(), HasSubstr("no label 'no', its labels are yes, maybe"));
  LmRankOptions options = asking_classifier(std::make_shared<ThemeAnswers>("one"));
  options.adapter = "tuned";
  EXPECT_EQ(error_of([&] { options.build(); }).place().key, "model.adapter");
  options.adapter.clear();
  options.judge = "title";
  EXPECT_EQ(error_of([&] { options.build(); }).place().key, "model.judge");
}

}  // namespace
}  // namespace genre
