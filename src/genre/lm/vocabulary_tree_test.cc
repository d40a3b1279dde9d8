#include "genre/lm/vocabulary_tree.h"

#include <gmock/gmock.h>

#include <set>

#include "genre/base/random.h"

namespace genre {
namespace {

using testing::ElementsAre;

TEST(VocabularyTree, AnAutomatonRunAlongAllTokensEqualsOneRunAlongEach) {
  RandomStream random(1, "test");
  for (int trial = 0; trial < 50; ++trial) {
    std::vector<std::pair<std::string, std::int32_t>> tokens;
    for (std::int32_t id = 0; id < 300; ++id) {
      std::string bytes;
      for (std::size_t i = random.below(6); i > 0; --i) bytes += static_cast<char>('a' + random.below(3));
      tokens.emplace_back(bytes, id);
    }
    const VocabularyTree tree(tokens);
    // Random automaton of 8 states that refuses a quarter of the steps.
    std::int32_t table[8][3];
    for (auto& row : table)
      for (auto& to : row) to = static_cast<std::int32_t>(random.below(11)) - 3;
    const auto step = [&](std::int32_t state, unsigned char byte) { return table[state][byte - 'a']; };
    std::multiset<std::int32_t> walked, plain;
    tree.walk(0, step, [&](std::int32_t id) { walked.insert(id); });
    for (const auto& [bytes, id] : tokens) {
      EXPECT_EQ(tree.bytes(id), bytes);
      std::int32_t state = 0;
      for (const char c : bytes)
        if (state >= 0) state = step(state, static_cast<unsigned char>(c));
      if (state >= 0 && !bytes.empty()) plain.insert(id);
    }
    ASSERT_EQ(walked, plain);
  }
}

TEST(VocabularyTree, SpellsATextInLongestTokens) {
  const VocabularyTree tree({{"a", 0}, {"ab", 1}, {"abc", 2}, {"b", 3}, {"", 4}, {"b", 5}});
  EXPECT_THAT(tree.spell("abcaba"), ElementsAre(2, 1, 0));
  EXPECT_THAT(tree.spell("abx"), ElementsAre());
  EXPECT_THAT(tree.spell(""), ElementsAre());
}

TEST(VocabularyTree, AnEmptyVocabularyHasNoTokens) {
  const VocabularyTree tree(std::vector<std::pair<std::string, std::int32_t>>{});
  tree.walk(
      0, [](std::int32_t, unsigned char) { return 0; }, [](std::int32_t) { FAIL(); });
  EXPECT_EQ(tree.bytes(7), "");
}

}  // namespace
}  // namespace genre
