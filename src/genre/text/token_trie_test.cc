#include "genre/text/token_trie.h"

#include <gtest/gtest.h>

#include <map>

#include "genre/base/random.h"

namespace genre {

TEST(TokenTrie, FindsTheLongestKey) {
  const TokenTrie trie({{"a", 0}, {"abc", 1}, {"##b", 2}, {"##bcd", 3}});
  EXPECT_EQ(trie.longest(TokenTrie::kRoot, "abd").id, 0);
  EXPECT_EQ(trie.longest(TokenTrie::kRoot, "abcd").id, 1);
  EXPECT_EQ(trie.longest(TokenTrie::kRoot, "b").length, 0u);
  const auto inner = trie.walk(TokenTrie::kRoot, "##");
  EXPECT_EQ(trie.longest(inner, "bcx").id, 2);
  EXPECT_EQ(trie.longest(inner, "bcd").length, 3u);
  EXPECT_EQ(trie.walk(TokenTrie::kRoot, "x"), TokenTrie::kNone);
}

TEST(TokenTrie, EmptyVocabularyMatchesNothing) {
  const TokenTrie trie({});
  EXPECT_EQ(trie.longest(TokenTrie::kRoot, "a").length, 0u);
}

TEST(TokenTrie, AgreesWithAMapOnRandomKeys) {
  RandomStream random(7, "trie");
  const auto word = [&] {
    std::string out;
    for (std::uint64_t n = random.below(6) + 1; n > 0; --n)
      out += static_cast<char>(random.below(random.below(2) ? 3 : 256));
    return out;
  };
  std::map<std::string, std::int32_t> keys;
  while (keys.size() < 20'000) keys.emplace(word(), static_cast<std::int32_t>(keys.size()));
  const TokenTrie trie({keys.begin(), keys.end()});
  for (int i = 0; i < 50'000; ++i) {
    const std::string text = word() + word();
    TokenTrie::Match wanted;
    for (std::size_t n = 1; n <= text.size(); ++n)
      if (const auto found = keys.find(text.substr(0, n)); found != keys.end()) wanted = {found->second, n};
    const auto match = trie.longest(TokenTrie::kRoot, text);
    ASSERT_EQ(match.id, wanted.id);
    ASSERT_EQ(match.length, wanted.length);
  }
}

}  // namespace genre
