#include "genre/text/byte_pair.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "genre/base/error.h"

namespace genre {
namespace {

using Ids = std::vector<std::int32_t>;

struct Model {
  std::vector<std::pair<std::string, std::string>> merges;
  VocabularyEntries entries;
  explicit Model(std::mt19937& random) {
    for (const char* token : {"a", "b", "c", "d"})
      entries.emplace_back(token, static_cast<std::int32_t>(entries.size()));
    while (entries.size() < 60) {
      const auto any = [&] { return entries[random() % entries.size()].first; };
      const std::pair merge{any(), any()};
      const std::string both = merge.first + merge.second;
      bool known = both.size() > 12;
      for (const auto& [token, id] : entries) known = known || token == both;
      if (known) continue;
      entries.emplace_back(both, static_cast<std::int32_t>(entries.size()));
      merges.push_back(merge);
    }
  }
  BytePair make(const BytePairOptions& options = {}) const {
    std::vector<BytePair::Merge> ranked;
    for (const auto& [left, right] : merges) ranked.push_back({left, right, static_cast<std::uint32_t>(ranked.size())});
    return {Vocabulary(entries), ranked, options};
  }
};

// The definition: again and again the pair of lowest rank, the leftmost first.
std::vector<std::string> plain_merges(const Model& model, const std::string& word) {
  std::vector<std::string> symbols;
  for (const char c : word) symbols.emplace_back(1, c);
  for (std::size_t rank = 0; rank < model.merges.size();) {
    const auto& [left, right] = model.merges[rank];
    std::size_t i = 0;
    while (i + 1 < symbols.size() && (symbols[i] != left || symbols[i + 1] != right)) ++i;
    if (i + 1 >= symbols.size()) {
      ++rank;
      continue;
    }
    symbols[i] += symbols[i + 1];
    symbols.erase(symbols.begin() + static_cast<std::ptrdiff_t>(i + 1));
    rank = 0;
  }
  return symbols;
}

}  // namespace

TEST(BytePair, MergesAsThePlainDefinitionDoes) {
  std::mt19937 random(3);
  for (int round = 0; round < 30; ++round) {
    const Model model(random);
    const Vocabulary vocabulary(model.entries);
    const BytePair fast = model.make();
    for (const std::size_t length : {0, 1, 2, 5, 20, 47, 48, 49, 50, 200}) {
      std::string word;
      while (word.size() < length) word += static_cast<char>('a' + random() % 4);
      Ids wanted, found;
      std::vector<std::size_t> wanted_ends, ends;
      std::vector<Span> spans;
      std::size_t end = 0;
      for (const std::string& symbol : plain_merges(model, word)) {
        wanted.push_back(vocabulary.at(symbol));
        wanted_ends.push_back(end += symbol.size());
      }
      fast.append(word, found, &spans);
      for (const Span span : spans) ends.push_back(span.end);
      EXPECT_EQ(found, wanted) << word;
      EXPECT_EQ(ends, wanted_ends) << word;
    }
  }
}

TEST(BytePair, AWordOfTenMillionBytesIsNoTrouble) {
  std::mt19937 random(4);
  const BytePair model = Model(random).make();
  std::string word(10'000'000, 'a');
  for (char& c : word) c = static_cast<char>('a' + random() % 4);
  Ids ids;
  model.append(word, ids, nullptr);
  EXPECT_LT(ids.size(), word.size());
  EXPECT_GT(ids.size(), word.size() / 12);
}

TEST(BytePair, UnknownCharactersAreLeftOutUnknownOrBytes) {
  const VocabularyEntries entries{{"a", 0}, {"<unk>", 1}, {"<0xC3>", 2}, {"<0xA9>", 3}};
  const auto encode = [&](BytePairOptions options, std::string_view piece) {
    options.byte_level = false;
    Ids ids;
    BytePair(Vocabulary(entries), {}, options).append(piece, ids, nullptr);
    return ids;
  };
  EXPECT_EQ(encode({}, "axxa"), (Ids{0, 0}));
  EXPECT_EQ(encode({.unknown_token = "<unk>"}, "axxa"), (Ids{0, 1, 1, 0}));
  EXPECT_EQ(encode({.unknown_token = "<unk>", .fuse_unknown = true}, "axxa"), (Ids{0, 1, 0}));
  EXPECT_EQ(encode({.byte_fallback = true, .unknown_token = "<unk>"}, "a\u00E9x"), (Ids{0, 2, 3, 1}));
}

TEST(BytePair, MergesOfUnknownTokensAreRefused) {
  const VocabularyEntries entries{{"a", 0}, {"b", 1}, {"ab", 2}};
  EXPECT_NO_THROW(BytePair(Vocabulary(entries), {{"a", "b", 0}}, {}));
  EXPECT_THROW(BytePair(Vocabulary(entries), {{"a", "c", 0}}, {}), Error);
  EXPECT_THROW(BytePair(Vocabulary(entries), {{"b", "a", 0}}, {}), Error);
  EXPECT_THROW(BytePair(Vocabulary(entries), {}, {.unknown_token = "<unk>"}), Error);
}

TEST(BytePair, NoTextIsMergedToASpecialToken) {
  const VocabularyEntries entries{{"a", 0}, {"b", 1}, {"ab", 2}};
  Ids ids;
  BytePair(Vocabulary(entries), {{"a", "b", 0}}, {.hidden = {2}}).append("ab", ids, nullptr);
  BytePair(Vocabulary(entries), {{"a", "b", 0}}, {.ignore_merges = true, .hidden = {2}}).append("ab", ids, nullptr);
  EXPECT_EQ(ids, (Ids{0, 1, 0, 1}));
}

}  // namespace genre
