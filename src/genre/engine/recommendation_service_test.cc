#include "genre/engine/recommendation_service.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <set>
#include <thread>

#include "genre/base/error.h"
#include "genre/base/file.h"
#include "genre/config/toml.h"
#include "genre/engine/artifact.h"
#include "genre/engine/testing.h"
#include "genre/rec/registry.h"

namespace genre {
namespace {
namespace fs = std::filesystem;

class ServiceTest : public testing::Test {
 protected:
  void TearDown() override { fs::remove_all(run_); }

  std::unique_ptr<RecommendationService> open(const std::string& name, bool with_vectors = true) {
    const Dataset dataset = testing_data::two_tastes();
    const Matrix vectors = testing_data::two_taste_vectors();
    const CsrMatrix train = dataset.matrix(kTrainPart | kValidPart | kTestPart, true);
    const auto& texts = dataset.item_fields.fields.at("title");
    const auto options = make_recommender_options(name);
    const auto model = options->build();
    model->fit({.interactions = train, .item_vectors = vectors, .item_texts = texts});
    const UserHistories histories = user_histories(dataset, 7);
    config::Fields f;
    options->fields(f);
    ArtifactContent content;
    content.manifest.model = name;
    content.manifest.model_options = config::to_toml(f.values());
    content.manifest.users = 20;
    content.manifest.items = 10;
    content.manifest.lm.model = with_vectors ? "test-model" : "none";
    content.manifest.events = {{"rating", {1.0, "value >= 4", "sum"}}, {"view", {1.0, "", "sum"}}};
    content.model = model.get();
    content.dataset = &dataset;
    content.histories = &histories;
    content.item_texts = &texts;
    if (with_vectors) content.item_vectors = vectors;
    write_artifact(content, run_ / "artifact");
    return RecommendationService::open(run_);
  }

  static std::vector<std::string> ids(const Recommendations& answer) {
    std::vector<std::string> out;
    for (const auto& item : answer.items) out.push_back(item.item);
    return out;
  }

  fs::path run_ = fs::path(testing::TempDir()) / ("service_test-" + std::to_string(getpid()));
};

TEST_F(ServiceTest, KnownUserGetsUnseenItemsOfTheirTasteWithReasons) {
  const auto service = open("ease");
  const Recommendations answer = service->recommend({.user = "u00", .k = 1, .explain = true});
  EXPECT_EQ(answer.strategy, "personalised");
  EXPECT_EQ(ids(answer), (std::vector<std::string>{"i0"}));  // the only red item that u00 has not seen
  EXPECT_EQ(answer.items[0].title, "red 0");
  EXPECT_EQ(answer.items[0].reason.rfind("because of red", 0), 0u) << answer.items[0].reason;
}

TEST_F(ServiceTest, StrangerIsAnsweredFromTheHistoryInTheRequest) {
  const auto service = open("ease");
  const Recommendations answer = service->recommend({.history = {"i5", "i6"}, .k = 2});
  EXPECT_EQ(answer.strategy, "session");
  const std::set<std::string> blue = {"i7", "i8"};
  for (const auto& id : ids(answer)) EXPECT_TRUE(blue.contains(id)) << id;
}

TEST_F(ServiceTest, UnknownUserFallsBackToPopularAndSaysWhy) {
  const auto service = open("ease");
  const Recommendations answer = service->recommend({.user = "nobody", .k = 3});
  EXPECT_EQ(answer.strategy, "popular");
  EXPECT_EQ(answer.fallback_reason, "user is unknown");
  EXPECT_EQ(answer.items.size(), 3u);
}

TEST_F(ServiceTest, ListIsFilledUpToAllEligibleItemsAndHoldsNoDuplicates) {
  const auto service = open("cascade");
  const Recommendations answer = service->recommend({.user = "u00", .k = 100});
  std::vector<std::string> all = ids(answer);
  EXPECT_EQ(all.size(), 6u);  // ten items, four seen
  std::sort(all.begin(), all.end());
  EXPECT_EQ(std::unique(all.begin(), all.end()), all.end());
}

TEST_F(ServiceTest, FilterAndExcludeApplyBeforeTheTopK) {
  const auto service = open("ease");
  EXPECT_EQ(
      ids(service->recommend({.user = "u00", .k = 2, .filter = "title contains \"blue\" and year >= 1997"})).size(),
      2u);
  for (const auto& id : ids(service->recommend({.user = "u00", .k = 10, .exclude = {"i0"}}))) EXPECT_NE(id, "i0");
  EXPECT_THROW(service->recommend({.user = "u00", .filter = "colour == 'red'"}), Error);
}

TEST_F(ServiceTest, AnEventChangesTheNextAnswer) {
  const auto service = open("ease");
  EXPECT_FALSE(service->apply_event("new", "no-item", "rating", 5, 0));
  EXPECT_TRUE(service->apply_event("new", "i5", "rating", 5, 0));
  const Recommendations answer = service->recommend({.user = "new", .k = 3});
  EXPECT_EQ(answer.strategy, "personalised");
  EXPECT_EQ(answer.items[0].title.rfind("blue", 0), 0u);
  for (const auto& id : ids(answer)) EXPECT_NE(id, "i5");
  EXPECT_EQ(service->history("new", 5).size(), 1u);
  EXPECT_EQ(service->users(), 21);
}

TEST_F(ServiceTest, AnEventBelowThePositiveThresholdIsSeenButNotLiked) {
  const auto service = open("ease");
  service->apply_event("grump", "i5", "rating", 1, 0);
  const Recommendations answer = service->recommend({.user = "grump", .k = 10});
  EXPECT_EQ(answer.strategy, "popular");
  for (const auto& id : ids(answer)) EXPECT_NE(id, "i5");
}

TEST_F(ServiceTest, SimilarUsesTextForItemsWithoutInteractions) {
  const auto service = open("ease");
  EXPECT_EQ(service->similar("i0", 1).items[0].title.rfind("red", 0), 0u);
  const Recommendations cold = service->similar("i9", 3);
  ASSERT_EQ(cold.items.size(), 3u);
  EXPECT_EQ(cold.items[0].title.rfind("red", 0), 0u);
  try {
    service->similar("i99", 3);
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::kNotFound);
    EXPECT_NE(e.hint().find("i9"), std::string::npos);
  }
}

TEST_F(ServiceTest, TextWithoutLanguageModelAndBadKAreUsageErrors) {
  const auto service = open("ease", /*with_vectors=*/false);
  EXPECT_THROW(service->recommend({.text = "space"}), Error);
  EXPECT_THROW(service->search("space", 3), Error);
  EXPECT_THROW(service->recommend({.k = 0}), Error);
  EXPECT_THROW(service->recommend({.k = 1001}), Error);
}

TEST_F(ServiceTest, SearchWithoutALanguageModelIsByTheModelsOwnWordsAndListsNothingElse) {
  const auto service = open("tfidf", /*with_vectors=*/false);
  const Recommendations found = service->search("Blue, please", 10);
  EXPECT_EQ(found.strategy, "search");
  EXPECT_EQ(found.items.size(), 4u);
  for (const auto& item : found.items) EXPECT_EQ(item.title.rfind("blue", 0), 0u) << item.title;
  EXPECT_EQ(service->search("blue", 2).items.size(), 2u);
  EXPECT_THROW(service->search("green", 3), Error);
  EXPECT_THROW(service->search("", 3), Error);
}

TEST_F(ServiceTest, WordsAloneAreAnsweredWithItemsThatHaveThemAndFilledUp) {
  const auto service = open("tfidf", /*with_vectors=*/false);
  const Recommendations answer = service->recommend({.text = "blue", .k = 10, .explain = true});
  EXPECT_EQ(answer.strategy, "text");
  EXPECT_EQ(answer.fallback_reason, "6 items filled by popularity");
  ASSERT_EQ(answer.items.size(), 10u);
  for (std::size_t i = 0; i < 10; ++i)
    EXPECT_EQ(answer.items[i].reason == "close to your words", i < 4) << answer.items[i].reason;
  EXPECT_EQ(service->recommend({.text = "blue", .k = 5}).fallback_reason, "1 item filled by popularity");
}

TEST_F(ServiceTest, ReadersAndWritersShareTheServiceSafely) {
  const auto service = open("ease");
  std::atomic<int> answers{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 200; ++i) {
        const std::string user = "live" + std::to_string(i % 7);
        if (t % 2 == 0)
          service->apply_event(user, "i" + std::to_string(i % 10), "view", 1, i);
        else
          answers += static_cast<int>(service->recommend({.user = user, .k = 3}).items.size() <= 3);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(answers, 400);
}

TEST_F(ServiceTest, MissingRunIsNotFound) {
  try {
    RecommendationService::open("/no/such/run");
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::kNotFound);
  }
}

}  // namespace
}  // namespace genre
