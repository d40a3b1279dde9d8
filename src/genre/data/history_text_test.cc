#include "genre/data/history_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "genre/base/error.h"
#include "genre/base/random.h"

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

// Two letters a token and two special tokens around: what joins over the ends of events does not add up.
std::int64_t pairs_of_letters(std::string_view text) { return 2 + (std::ssize(text) + 1) / 2; }

TEST(HistoryText, TokenBudgetCountsTheWholeTextAsTheModelDoes) {
  const Dataset dataset = films();
  const std::string both = "rated 4.5: Toy Story (1995); viewed: GoldenEye (1995)", one = "rated 4.5: Toy Story (1995)";
  const auto within = [&](int tokens) {
    return HistoryWriter(dataset, kTexts, {.maximum_tokens = tokens, .count_tokens = pairs_of_letters})
        .write(0, kTrainPart);
  };
  const int whole = static_cast<int>(pairs_of_letters(both));
  EXPECT_EQ(within(whole).text, both);
  EXPECT_EQ(within(whole).tokens, whole);
  EXPECT_EQ(within(whole - 1).text, one);
  EXPECT_EQ(within(whole - 1).tokens, pairs_of_letters(one));
  EXPECT_EQ(within(whole - 1).words, 5);
  EXPECT_THAT(within(whole - 1).items, ElementsAre(0));
  EXPECT_EQ(within(static_cast<int>(pairs_of_letters(one)) - 1).text, "");  // not even the newest event fits
  EXPECT_EQ(
      text(dataset, 0, kTrainPart, {.newest_first = false, .maximum_tokens = 40, .count_tokens = pairs_of_letters}),
      "viewed: GoldenEye (1995); rated 4.5: Toy Story (1995)");
  EXPECT_EQ(text(dataset, 0, kTrainPart, {.maximum_words = 7, .maximum_tokens = 40, .count_tokens = pairs_of_letters}),
            one);  // the tighter bound holds
}

TEST(HistoryText, TokenBudgetKeepsAsManyOfTheNewestAsFit) {
  RandomStream random(3, "token budget");
  for (int round = 0; round < 200; ++round) {
    Dataset dataset = films();
    const int events = 1 + static_cast<int>(random.below(40));
    Interactions& all = dataset.interactions;
    all.user.assign(events, 0);
    all.type.assign(events, 1);
    all.part.assign(events, 0);
    all.value.assign(events, 1);
    all.item.clear();
    all.time.clear();
    for (int i = 0; i < events; ++i) {
      all.item.push_back(static_cast<std::int32_t>(random.below(2)));
      all.time.push_back(i);
    }
    const int budget = static_cast<int>(random.below(600));
    const bool newest_first = random.below(2) == 0;
    const HistoryTextOptions plain = {.newest_first = newest_first, .maximum_events = 30};
    HistoryTextOptions bounded = plain;
    bounded.maximum_tokens = budget + 1;
    bounded.count_tokens = pairs_of_letters;
    std::string wanted;
    for (int kept = 0; kept <= 30; ++kept) {  // the slow truth: one event more each time
      HistoryTextOptions few = plain;
      few.maximum_events = kept;
      const std::string candidate = text(dataset, 0, kTrainPart, few);
      if (pairs_of_letters(candidate) <= budget + 1) wanted = candidate;
    }
    EXPECT_EQ(text(dataset, 0, kTrainPart, bounded), wanted) << events << " events, " << budget + 1 << " tokens";
  }
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
