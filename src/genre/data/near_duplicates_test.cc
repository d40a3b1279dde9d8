#include "genre/data/near_duplicates.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "genre/base/random.h"

namespace genre {
namespace {

using testing::ElementsAre;

// The definition: every pair compared.
std::vector<std::int32_t> plain(const std::vector<std::string>& texts, double similarity) {
  std::vector<std::int32_t> out(texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    out[i] = static_cast<std::int32_t>(i);
    const auto a = words_of(texts[i]);
    for (std::size_t j = 0; j < i && out[i] == static_cast<std::int32_t>(i); ++j) {
      if (out[j] != static_cast<std::int32_t>(j) || a.empty()) continue;
      const auto b = words_of(texts[j]);
      std::vector<std::string> both;
      std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(both));
      const auto shared = static_cast<double>(both.size());
      if (shared >= similarity * (static_cast<double>(a.size() + b.size()) - shared) - 1e-9)
        out[i] = static_cast<std::int32_t>(j);
    }
  }
  return out;
}

TEST(WordsOf, CaseAccentsAndPunctuationDoNotMatter) {
  EXPECT_THAT(words_of("The POKÉMON: the movie (2000)!"), ElementsAre("2000", "movie", "pokemon", "the"));
  EXPECT_THAT(words_of("ﬁne Straße"), ElementsAre("fine", "strasse"));
  EXPECT_THAT(words_of("東京タワー 3"), testing::SizeIs(6));  // every sign by itself
  EXPECT_TRUE(words_of("?!").empty());
}

TEST(NearDuplicates, TheFirstLeadsAndChainsDoNotGrow) {
  const std::vector<std::string> texts = {"Acme Phone X 64 GB black",
                                          "Acme Phone X 64 GB, black (new)",
                                          "??",
                                          "",
                                          "acme phone x 64 gb new shiny",
                                          "Toy Story",
                                          "toy  STORY",
                                          "Toy Story 2"};
  EXPECT_THAT(first_alike(texts, 0.8), ElementsAre(0, 0, 2, 3, 4, 5, 5, 7));
  EXPECT_THAT(first_alike(texts, 1), ElementsAre(0, 1, 2, 3, 4, 5, 5, 7));
  EXPECT_TRUE(first_alike({}, 0.5).empty());
}

TEST(NearDuplicates, EqualEveryPairComparedOnRandomTexts) {
  RandomStream random(9, "words");
  for (int round = 0; round < 60; ++round) {
    std::vector<std::string> texts(random.below(60));
    for (auto& text : texts)
      for (std::uint64_t i = random.below(9); i > 0; --i) text += "w" + std::to_string(random.below(12)) + " ";
    for (const double similarity : {0.1, 0.34, 0.5, 0.6, 0.75, 0.9, 1.0})
      ASSERT_EQ(first_alike(texts, similarity), plain(texts, similarity)) << round << " " << similarity;
  }
}

}  // namespace
}  // namespace genre
