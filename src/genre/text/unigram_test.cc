#include "genre/text/unigram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "genre/base/error.h"

namespace genre {
namespace {

using Ids = std::vector<std::int32_t>;

struct Model {
  VocabularyEntries entries{{"<unk>", 0}};
  std::vector<double> scores{0};
  explicit Model(std::mt19937& random) {
    while (entries.size() < 40) {
      std::string token;
      for (std::size_t length = 1 + random() % 4; token.size() < length;)
        token += static_cast<char>('a' + random() % 3);
      bool known = false;
      for (const auto& [other, id] : entries) known = known || other == token;
      if (known) continue;
      entries.emplace_back(token, static_cast<std::int32_t>(entries.size()));
      scores.push_back(-1 - static_cast<double>(random() % 1000) / 100);
    }
  }
  // The greatest sum of scores over every way to part the text; characters without a token cost the unknown score.
  double best(std::string_view text) const {
    if (text.empty()) return 0;
    double out = -1e300;
    bool single = false;
    for (std::size_t i = 1; i < entries.size(); ++i) {
      const std::string& token = entries[i].first;
      if (!text.starts_with(token)) continue;
      single = single || token.size() == 1;
      out = std::max(out, scores[i] + best(text.substr(token.size())));
    }
    if (!single) out = std::max(out, unknown() + best(text.substr(1)));
    return out;
  }
  double unknown() const { return *std::min_element(scores.begin(), scores.end()) - 10; }
};

}  // namespace

TEST(Unigram, FindsTheGreatestSumOfScores) {
  std::mt19937 random(5);
  for (int round = 0; round < 40; ++round) {
    const Model model(random);
    const Unigram fast(Vocabulary(model.entries), {.scores = model.scores, .unknown = 0});
    std::string text;
    for (std::size_t length = random() % 12; text.size() < length;) text += static_cast<char>('a' + random() % 4);
    Ids ids;
    std::vector<Span> spans;
    fast.append(text, ids, &spans);
    double sum = 0;
    std::size_t end = 0;
    for (std::size_t i = 0; i < ids.size(); ++i) {
      EXPECT_EQ(spans[i].begin, end);
      end = spans[i].end;
      const auto length = static_cast<double>(end - spans[i].begin);
      sum += ids[i] == 0 ? model.unknown() * length : model.scores[static_cast<std::size_t>(ids[i])];
    }
    EXPECT_EQ(end, text.size());
    EXPECT_NEAR(sum, model.best(text), 1e-9) << text;
  }
}

TEST(Unigram, AWordOfTenMillionBytesIsNoTrouble) {
  std::mt19937 random(6);
  const Model model(random);
  Ids ids;
  Unigram(Vocabulary(model.entries), {.scores = model.scores, .unknown = 0})
      .append(std::string(10'000'000, 'a'), ids, nullptr);
  EXPECT_GT(ids.size(), 1'000'000U);
}

TEST(Unigram, NeighboursThatAreUnknownAreOneTokenOrTheirBytes) {
  VocabularyEntries entries{{"<unk>", 0}, {"a", 1}, {"</s>", 2}};
  const std::vector<double> scores{0, -1, 0};
  const auto encode = [&](UnigramOptions options, std::string_view text) {
    Ids ids;
    Unigram(Vocabulary(entries), options).append(text, ids, nullptr);
    return ids;
  };
  EXPECT_EQ(encode({.scores = scores, .unknown = 0}, "axxa\u00E9"), (Ids{1, 0, 1, 0}));
  EXPECT_EQ(encode({.scores = scores, .unknown = 0}, "a</s>"), (Ids{1, 2}));
  EXPECT_EQ(encode({.scores = scores, .unknown = 0, .hidden = {2}}, "a</s>"), (Ids{1, 0}));
  entries.insert(entries.end(), {{"<0xC3>", 3}, {"<0xA9>", 4}});
  const UnigramOptions bytes{.scores = {0, -1, 0, -1, -1}, .unknown = 0, .byte_fallback = true};
  EXPECT_EQ(encode(bytes, "a\u00E9a"), (Ids{1, 3, 4, 1}));
  EXPECT_EQ(encode(bytes, "x"), (Ids{0}));
}

TEST(Unigram, DamagedScoresAreRefused) {
  const Vocabulary vocabulary({{"<unk>", 0}, {"a", 1}});
  EXPECT_THROW(Unigram(vocabulary, {.scores = {}, .unknown = 0}), Error);
  EXPECT_THROW(Unigram(vocabulary, {.scores = {0, 0, 0}, .unknown = 0}), Error);
  EXPECT_THROW(Unigram(vocabulary, {.scores = {0, NAN}, .unknown = 0}), Error);
  EXPECT_THROW(Unigram(vocabulary, {.scores = {0, 0}, .unknown = 2}), Error);
  EXPECT_THROW(Unigram(vocabulary, {.scores = {0, 0}}), Error);
}

}  // namespace genre
