#include "genre/text/wordpiece.h"

#include <gtest/gtest.h>

#include "genre/base/error.h"

namespace genre {
namespace {

using Ids = std::vector<std::int32_t>;

std::vector<std::pair<std::string, std::int32_t>> vocabulary() {
  std::vector<std::pair<std::string, std::int32_t>> out;
  for (const char* token :
       {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "un", "##aff", "##able", "run", "##s", ",", "run,", "##a"})
    out.emplace_back(token, static_cast<std::int32_t>(out.size()));
  return out;
}

WordPiece make(int maximum_word_characters = 100) {
  return {vocabulary(),
          {.maximum_word_characters = maximum_word_characters, .special_tokens = {"[PAD]", "[UNK]", "[CLS]", "[SEP]"}}};
}

}  // namespace

TEST(WordPiece, MatchesGreedilyTheLongestPiece) {
  EXPECT_EQ(make().encode("UNAFFABLE runs, run", 0), (Ids{2, 4, 5, 6, 7, 8, 9, 7, 3}));
  EXPECT_EQ(make().encode("", 0), (Ids{2, 3}));
}

TEST(WordPiece, AWordWithAnUnmatchedRestIsOneUnknownToken) {
  EXPECT_EQ(make().encode("runx run", 0), (Ids{2, 1, 7, 3}));
  EXPECT_EQ(make(/*maximum_word_characters=*/3).encode("runs run", 0), (Ids{2, 1, 7, 3}));
}

TEST(WordPiece, SpecialTokensInTheTextStayWhole) {
  EXPECT_EQ(make().encode("run[SEP]runs", 0), (Ids{2, 7, 3, 7, 8, 3}));
  EXPECT_EQ(make().encode("[sep]", 0), (Ids{2, 1, 1, 1, 3}));
  EXPECT_EQ(make().encode("[[PAD]", 0), (Ids{2, 1, 0, 3}));
}

TEST(WordPiece, TruncationKeepsTheFinalSeparator) {
  const Ids whole = make().encode("unaffable, runs [PAD] run runx", 0);
  for (int limit = 2; limit < static_cast<int>(whole.size()) + 3; ++limit) {
    Ids wanted(whole.begin(), whole.end() - 1);
    wanted.resize(std::min<std::size_t>(wanted.size(), limit - 1));
    wanted.push_back(3);
    EXPECT_EQ(make().encode("unaffable, runs [PAD] run runx", limit), wanted) << limit;
  }
}

TEST(WordPiece, BrokenVocabulariesAreRefused) {
  auto entries = vocabulary();
  entries[4].second = 5;
  EXPECT_THROW(WordPiece(entries, {}), Error);  // an id twice
  entries = vocabulary();
  entries[4].second = -1;
  EXPECT_THROW(WordPiece(entries, {}), Error);
  entries = vocabulary();
  entries[4].first = "run";
  EXPECT_THROW(WordPiece(entries, {}), Error);  // a token twice
  EXPECT_THROW(WordPiece(vocabulary(), {.unknown_token = "<unk>"}), Error);
  EXPECT_THROW(WordPiece(vocabulary(), {.special_tokens = {"<s>"}}), Error);
}

}  // namespace genre
