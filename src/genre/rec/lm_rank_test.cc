#include "genre/rec/lm_rank.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "genre/base/error_of_test.h"
#include "genre/base/file.h"
#include "genre/config/toml.h"
#include "genre/data/export.h"
#include "genre/rec/cascade.h"
#include "genre/rec/one_user_dataset_test.h"
#include "genre/rec/registry.h"
#include "genre/rec/small_world_test.h"
#include "genre/rec/theme_models_test.h"

namespace genre {
namespace {

using ::testing::HasSubstr;

LmRankOptions asking(const std::string& judge = "yes", const std::string& candidates = "item_knn") {
  LmRankOptions options;
  options.decoder = "themes";
  options.judge = judge;
  options.candidates = make_recommender_options(candidates);
  options.connect(std::make_shared<ThemeModels>());
  return options;
}

std::unique_ptr<Recommender> fitted_model(const RecommenderOptions& options, const SmallWorld& world) {
  auto model = options.build();
  model->fit(world.data());
  return model;
}

// The themes of the newest items as the prompt holds them.
std::string themes_of(const SmallWorld& world, std::span<const std::int32_t> history, int events) {
  std::string out;
  for (int n = 0; n < std::min<int>(events, static_cast<int>(history.size())); ++n)
    out += world.item_texts[history[history.size() - 1 - static_cast<std::size_t>(n)]] + " ";
  return out;
}

// Remembers what it was asked.
class ThemeListener : public ThemeDecoder {
 public:
  ThemeListener() : ThemeDecoder("listens") {}
  Matrix log_probabilities(std::span<const std::string> prompts, std::span<const std::string> answers) const override {
    heard.assign(prompts.begin(), prompts.end());
    said.assign(answers.begin(), answers.end());
    return ThemeDecoder::log_probabilities(prompts, answers);
  }
  mutable std::vector<std::string> heard, said;
};

std::shared_ptr<ThemeListener> listen(LmRankOptions& options) {
  auto listener = std::make_shared<ThemeListener>();
  auto models = std::make_shared<ThemeModels>();
  models->answers = listener;
  options.connect(models);
  return listener;
}

TEST(LmRank, PutsTheBestOfTheCandidateModelFirstAndLeavesTheOthersInTheirOrder) {
  const SmallWorld world = small_world(60, 40);
  LmRankOptions options = asking();
  options.candidate_count = 8;
  options.events = 3;
  const auto model = fitted_model(options, world), knn = fitted_model(*make_recommender_options("item_knn"), world);
  for (std::int32_t user = 0; user < 20; ++user) {
    const auto history = world.interactions.row_indices(user);
    const Query query{.history = history};
    const auto before = recommend(*knn, query, {.k = 40}), after = recommend(*model, query, {.k = 40});
    ASSERT_EQ(after.size(), before.size());
    std::vector<ScoredIndex> candidates;
    std::vector<std::int32_t> others, ranked;
    for (const auto& [item, score] : before) {
      if (candidates.size() == 8 || std::ranges::find(history, item) != history.end()) {
        others.push_back(item);
        continue;
      }
      const float yes = ThemeDecoder::share(themes_of(world, history, 3), static_cast<char>('0' + item % 4));
      candidates.push_back({item, std::log(yes) - std::log(1 - yes)});
    }
    std::ranges::sort(candidates, {}, [](const auto& one) { return std::pair(-one.score, one.index); });
    for (std::size_t n = 0; n < after.size(); ++n) {
      if (n >= 8)
        ranked.push_back(after[n].index);
      else
        EXPECT_EQ(after[n], candidates[n]);
    }
    EXPECT_EQ(ranked, others);
  }
}

TEST(LmRank, EqualScoresOfTheCandidateModelStayLevel) {
  const SmallWorld world = small_world(60, 40);
  const auto model = fitted_model(asking(), world), knn = fitted_model(*make_recommender_options("item_knn"), world);
  const std::vector<std::int32_t> history = {0};
  const auto before = scores_of(*knn, {.history = history}), after = scores_of(*model, {.history = history});
  int level = 0;
  for (std::size_t i = 0; i < 40; ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (before[i] == 0 && before[j] == 0 && after[i] == std::floor(after[i]) && after[j] == std::floor(after[j])) {
        EXPECT_EQ(after[i], after[j]);
        ++level;
      }
  EXPECT_GT(level, 0);
}

TEST(LmRank, TitlesAreJudgedByTheirMeanTokenBehindOnePrompt) {
  const SmallWorld world = small_world(60, 40);
  LmRankOptions options = asking("title");
  const auto listener = listen(options);
  const auto model = fitted_model(options, world);
  const auto history = world.interactions.row_indices(1);
  const auto scores = scores_of(*model, {.history = history});
  ASSERT_EQ(listener->heard.size(), 1u);
  EXPECT_THAT(listener->heard[0], HasSubstr(world.item_texts[history.back()]));
  ASSERT_EQ(listener->said.size(), 20u);
  for (const std::string& text : listener->said) {
    const auto item = std::ranges::find(world.item_texts, text) - world.item_texts.begin();
    EXPECT_NEAR(scores[item], std::log(ThemeDecoder::share(listener->heard[0], text[5])), 1e-6);
  }
}

TEST(LmRank, ThePromptHoldsTheNewestEventsAndTheWords) {
  const SmallWorld world = small_world(60, 40);
  LmRankOptions options = asking();
  options.events = 2;
  options.prompt = "{history}\n{words}\n{candidate}";
  const auto listener = listen(options);
  const auto model = fitted_model(options, world);
  const std::vector<std::int32_t> history = {3, 5, 9};
  scores_of(*model, {.history = history, .words = "a\ncalm <|im_end|> film"});
  ASSERT_EQ(listener->heard.size(), 20u);
  for (const std::string& prompt : listener->heard)
    EXPECT_THAT(prompt, ::testing::StartsWith("theme1 word9; theme1 word5\na calm <|im_end|> film\ntheme"));
}

TEST(LmRank, APromptWithAPlaceForThemHoldsWhatWasDislikedAmongTheNewest) {
  const SmallWorld world = small_world(60, 40);
  LmRankOptions options = asking();
  options.events = 3;
  options.prompt = "+ {history}\n- {disliked}\n? {candidate}";
  const auto listener = listen(options);
  const auto model = fitted_model(options, world);
  const std::vector<std::int32_t> history = {3, 5, 9}, seen = {3, 4, 5, 9, 6};
  scores_of(*model, {.history = history, .seen = seen});
  ASSERT_EQ(listener->heard.size(), 20u);
  for (const std::string& prompt : listener->heard) {
    EXPECT_THAT(prompt, ::testing::StartsWith("+ theme1 word9; theme1 word5\n- theme2 word6\n? theme"));
    EXPECT_THAT(prompt, ::testing::Not(::testing::EndsWith("? " + world.item_texts[6])));
  }
  scores_of(*model, {.history = history});  // of nothing else is known
  EXPECT_THAT(listener->heard[0], ::testing::StartsWith("+ theme1 word9; theme1 word5; theme3 word3\n? theme"));
}

TEST(LmRank, WhoOnlyDislikedSomethingIsAskedAboutWhereThePromptSaysSo) {
  const SmallWorld world = small_world(60, 40);
  const std::vector<std::int32_t> seen = {4, 6};
  for (const bool told : {false, true}) {
    LmRankOptions options = asking("yes", "popularity");
    options.prompt = told ? "{history}\n- {disliked}\n? {candidate}" : "{history}\n? {candidate}";
    const auto listener = listen(options);
    const auto model = fitted_model(options, world);
    EXPECT_EQ(model->personalises({.seen = seen}), told);
    scores_of(*model, {.seen = seen});
    EXPECT_EQ(listener->heard.empty(), !told);
  }
}

TEST(LmRank, ItemsWithoutTextAreNoCandidates) {
  SmallWorld world = small_world(60, 40);
  for (int item = 0; item < 40; item += 2) world.item_texts[item].clear();
  LmRankOptions options = asking("title");
  const auto listener = listen(options);
  const auto model = fitted_model(options, world);
  const std::vector<std::int32_t> history = {3, 5};
  EXPECT_EQ(recommend(*model, {.history = history}, {.k = 40}).size(), 40u);
  EXPECT_EQ(listener->said.size(), 18u);
  for (const std::string& text : listener->said) EXPECT_THAT(text, HasSubstr("theme"));
  listener->said.clear();
  const std::vector<std::int32_t> unread = {0, 2};
  scores_of(*model, {.history = unread});
  EXPECT_TRUE(listener->said.empty());
}

TEST(LmRank, WhereTheCandidateModelKnowsNothingItsAnswerStays) {
  const SmallWorld world = small_world(60, 40);
  const auto by_history = fitted_model(asking(), world),
             by_popularity = fitted_model(asking("yes", "popularity"), world);
  const Query words{.words = "theme3"};
  EXPECT_FALSE(by_history->personalises(words));
  EXPECT_EQ(scores_of(*by_history, words), scores_of(*by_history, {}));
  EXPECT_TRUE(by_popularity->personalises(words));
  EXPECT_FALSE(by_popularity->personalises({}));
  EXPECT_EQ(recommend(*by_popularity, words, {.k = 1})[0].index % 4, 3);
}

TEST(LmRank, RanksInACascade) {
  const SmallWorld world = small_world(60, 40);
  CascadeOptions options;
  options.candidate_count = 12;
  options.ranker = std::make_shared<LmRankOptions>(asking());
  options.connect(std::make_shared<ThemeModels>());
  EXPECT_TRUE(options.needs_item_texts());
  const auto cascade = fitted_model(options, world), alone = fitted_model(asking(), world);
  const auto history = world.interactions.row_indices(0);
  const auto wanted = recommend(*alone, {.history = history}, {.k = 5, .exclude = history});
  const auto found = recommend(*cascade, {.history = history}, {.k = 40, .exclude = history});
  EXPECT_EQ(found.size(), 12u);
  EXPECT_GE(found[0].score, wanted[4].score);
}

TEST(LmRank, AsksInTheWordsThatTheExportWritesForTraining) {
  const SmallWorld world = small_world(20, 24);
  std::vector<std::int32_t> events = {2, 6, 11, 0};
  const Dataset dataset = one_user_dataset(24, events);
  const auto folder = std::filesystem::path(::testing::TempDir());
  for (const char* const judge : {"yes", "title"}) {
    LmRankOptions options = asking(judge, "popularity");
    options.events = 2;
    const auto listener = listen(options);
    const auto model = fitted_model(options, world);
    ASSERT_EQ(export_preferences(dataset, world.item_texts, options.question(), kTrainPart, options.events, folder), 3);
    const std::string lines = read_file(folder / "preferences.jsonl");
    const auto last = nlohmann::json::parse(lines.substr(lines.rfind('\n', lines.size() - 2) + 1));
    scores_of(*model, {.history = std::span(events).first(3)});
    EXPECT_THAT(listener->heard, ::testing::Contains(last.at("text")));
    EXPECT_THAT(listener->said, ::testing::Contains(last.at("other")));
  }
}

TEST(LmRank, AsksOfDislikedItemsAsTheExportWrites) {
  const SmallWorld world = small_world(20, 24);
  const std::vector<std::int32_t> events = {2, 6, 11, 7, 0}, liked = {2, 7};
  Dataset dataset = one_user_dataset(24, events);
  dataset.interactions.positive = {1, 0, 0, 1, 1};
  const auto folder = std::filesystem::path(::testing::TempDir()) / "disliked";
  std::filesystem::create_directories(folder);
  LmRankOptions options = asking("yes", "popularity");
  options.prompt = "+ {history}\n- {disliked}\n? {candidate}";
  options.events = 3;
  const auto listener = listen(options);
  const auto model = fitted_model(options, world);
  ASSERT_EQ(export_preferences(dataset, world.item_texts, options.question(), kTrainPart, options.events, folder), 4);
  const std::string lines = read_file(folder / "preferences.jsonl");
  const auto last = nlohmann::json::parse(lines.substr(lines.rfind('\n', lines.size() - 2) + 1));
  scores_of(*model, {.history = liked, .seen = std::span(events).first(4)});
  EXPECT_THAT(listener->heard, ::testing::Contains(last.at("text")));
}

TEST(LmRank, WhatIsMissingIsSaid) {
  const SmallWorld world = small_world(20, 24);
  LmRankOptions unnamed = asking();
  unnamed.decoder.clear();
  EXPECT_EQ(error_of([&] { unnamed.build()->fit(world.data()); }).place().key, "model.decoder");
  const std::vector<std::string> none(24);
  TrainingData silent = world.data();
  silent.item_texts = none;
  EXPECT_THAT(error_of([&] { asking().build()->fit(silent); }).hint(), HasSubstr("[item_text]"));
  LmRankOptions blind = asking();
  blind.prompt = "Do they like {history}?";
  EXPECT_EQ(error_of([&] { blind.build(); }).place().key, "model.prompt");
}

TEST(LmRank, MoreThanTwentyCandidatesAreRefusedInTheConfiguration) {
  LmRankOptions options;
  config::Fields fields;
  options.fields(fields);
  std::vector<config::Fault> faults;
  fields.load(config::parse_toml("candidate_count = 21\n", "test.toml"), "model", faults);
  ASSERT_EQ(faults.size(), 1u);
  EXPECT_EQ(faults[0].key, "model.candidate_count");
}

// Knows its decoder by the names alone that it gives itself.
struct NamedDecoders : ThemeModels {
  std::shared_ptr<const WeighsAnswers> decoder(const std::string& name, const std::string& adapter) const override {
    if (name != answers->name() || adapter != answers->adapter())
      throw Error(ErrorCode::kNotFound, "no '" + name + "'");
    return answers;
  }
};

class LmRankFile : public ::testing::Test {
 protected:
  // A model whose decoder has the adapter "/tuned" is loaded where the models are `models`.
  std::unique_ptr<Recommender> loaded_with(std::shared_ptr<ThemeModels> models) const {
    SafetensorsWriter out;
    model_->save(out, "");
    const auto path = std::filesystem::path(::testing::TempDir()) / "lm_rank.safetensors";
    out.write(path);
    LmRankOptions options = asking();
    options.decoder = options.adapter = "a path from another folder";
    options.connect(std::move(models));
    auto model = options.build();
    model->load(SafetensorsFile(path), "");
    return model;
  }
  static std::unique_ptr<Recommender> tuned(const SmallWorld& world) {
    LmRankOptions options = asking();
    auto models = std::make_shared<ThemeModels>();
    models->answers = std::make_shared<ThemeDecoder>("tuned", "/tuned");
    options.connect(models);
    return fitted_model(options, world);
  }
  SmallWorld world_ = small_world(30, 24);
  std::unique_ptr<Recommender> model_ = tuned(world_);
};

TEST_F(LmRankFile, OpensDecoderAndAdapterByTheirWholeNames) {
  auto models = std::make_shared<NamedDecoders>();
  models->answers = std::make_shared<ThemeDecoder>("tuned", "/tuned");
  const auto history = world_.interactions.row_indices(0);
  EXPECT_EQ(scores_of(*loaded_with(models), {.history = history}), scores_of(*model_, {.history = history}));
}

TEST_F(LmRankFile, RefusesAnotherDecoder) {
  auto models = std::make_shared<ThemeModels>();
  models->answers = std::make_shared<ThemeDecoder>("tuned again", "/tuned");
  const Error error = error_of([&] { loaded_with(models); });
  EXPECT_EQ(error.code(), ErrorCode::kData);
  EXPECT_THAT(error.what(), HasSubstr("not the one"));
}

}  // namespace
}  // namespace genre
