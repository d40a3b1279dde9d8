#include "genre/data/history_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "genre/base/error.h"

namespace genre {
namespace {

using testing::ElementsAre;

constexpr std::int64_t kDay = 86'400'000;

Dataset films() {
  Dataset out;
  out.users = IdMap({"a", "b"});
  out.items = IdMap({"1", "2", "3"});
  out.types = {"rating", "view", "wish"};
  out.has_time = true;
  Interactions& all = out.interactions;
  all.user = {0, 0, 0, 0, 1};
  all.item = {1, 0, 2, 0, 1};
  all.value = {1, 4.5, 1, 1, 1};
  all.type = {1, 0, 1, 2, 1};
  all.time = {0, 45 * kDay, 46 * kDay, 47 * kDay, 1};
  all.part = {0, 0, 0, 2, 0};
  return out;
}
const std::vector<std::string> kTexts = {"Toy Story (1995)", "GoldenEye (1995)", ""};

std::string text(const Dataset& dataset, int user, unsigned parts, const HistoryTextOptions& options = {}) {
  return HistoryWriter(dataset, kTexts, options).write(user, parts).text;
}

TEST(HistoryText, SaysWhatWasDone) {
  const Dataset dataset = films();
  EXPECT_EQ(text(dataset, 0, kTrainPart), "rated 4.5: Toy Story (1995); viewed: GoldenEye (1995)");
  EXPECT_EQ(text(dataset, 0, kTrainPart, {.newest_first = false}),
            "viewed: GoldenEye (1995); rated 4.5: Toy Story (1995)");
  EXPECT_EQ(text(dataset, 0, kTrainPart | kTestPart, {.maximum_events = 1}), "wish: Toy Story (1995)");
  EXPECT_EQ(text(dataset, 1, kTestPart), "");
  EXPECT_THAT(HistoryWriter(dataset, kTexts, {.newest_first = false}).write(0, kTrainPart).items, ElementsAre(1, 0));
}

TEST(HistoryText, TemplatesNameEventItemValueAndRelativeTime) {
  const Dataset dataset = films();
  EXPECT_EQ(text(dataset, 0, kTrainPart, {.event = "{item} [{when}]", .separator = " | "}),
            "Toy Story (1995) | GoldenEye (1995) [1 month earlier]");
  EXPECT_EQ(text(dataset, 0, kTrainPart, {.event = "{value}, {item}"}), "4.5, Toy Story (1995); 1, GoldenEye (1995)");
  Dataset timeless = films();
  timeless.has_time = false;
  EXPECT_EQ(text(timeless, 0, kTrainPart, {.event = "{item} [{when}]"}), "Toy Story (1995); GoldenEye (1995)");
  try {
    text(dataset, 0, kTrainPart, {.event = "{itme}"});
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::kConfig);
    EXPECT_THAT(e.hint(), testing::HasSubstr("{item}"));
  }
}

TEST(HistoryText, WordBudgetLeavesOutOlderEventsWhole) {
  const Dataset dataset = films();
  EXPECT_EQ(text(dataset, 0, kTrainPart, {.maximum_words = 8}),
            "rated 4.5: Toy Story (1995); viewed: GoldenEye (1995)");
  EXPECT_EQ(text(dataset, 0, kTrainPart, {.maximum_words = 7}), "rated 4.5: Toy Story (1995)");
  EXPECT_EQ(HistoryWriter(dataset, kTexts, {.maximum_words = 7}).write(0, kTrainPart).words, 5);
  EXPECT_EQ(text(dataset, 0, kTrainPart, {.maximum_words = 4}), "");
}

TEST(DurationInWords, TheLargestWholeUnitCounts) {
  EXPECT_EQ(duration_in_words(999), "");
  EXPECT_EQ(duration_in_words(1000), "1 second");
  EXPECT_EQ(duration_in_words(119'000), "1 minute");
  EXPECT_EQ(duration_in_words(2 * kDay), "2 days");
  EXPECT_EQ(duration_in_words(800 * kDay), "2 years");
}

}  // namespace
}  // namespace genre
