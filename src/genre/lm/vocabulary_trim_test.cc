// Trimmed tokenizers of every kind give the tokens that they gave before.
#include "genre/lm/vocabulary_trim.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "genre/base/error.h"
#include "genre/lm/testing.h"
#include "genre/text/tokenizer.h"

namespace genre {
namespace fs = std::filesystem;
namespace {

using nlohmann::json;

struct Kind {
  json tokenizer;
  std::vector<std::string> texts;
};

// The small tokenizers of tests/golden/make_subword_golden.py with their texts, and a WordPiece one.
std::map<std::string, Kind> kinds() {
  std::map<std::string, Kind> out;
  std::istringstream golden(read_file(GENRE_SOURCE_DIR "/tests/golden/subword_tokenizers.jsonl"));
  std::string line, kind;
  std::getline(golden, line);  // versions
  while (std::getline(golden, line)) {
    const json entry = json::parse(line);
    if (entry.contains("kind"))
      out[kind = entry["kind"]].tokenizer = entry["tokenizer"];
    else
      out[kind].texts.push_back(entry["text"]);
  }
  const GoldenModels models;
  out["wordpiece"] = {models.json().at("tokenizer"), models.json().at("texts")};
  return out;
}

class VocabularyTrims : public testing::Test {
 protected:
  void write(const json& tokenizer, const json& config = {{"vocab_size", 1000}}) {
    write_file_atomic(path() / "tokenizer.json", tokenizer.dump());
    write_file_atomic(path() / "config.json", config.dump());
  }
  const fs::path& path() const { return folder_.path(); }
  json read(const char* name) const { return json::parse(read_file(path() / name)); }
  TestFolder folder_{"vocabulary-trim"};
};

std::vector<std::int32_t> former(std::vector<std::int32_t> ids, const std::vector<int>& kept) {
  for (auto& id : ids) id = kept.at(id);
  return ids;
}

}  // namespace

TEST_F(VocabularyTrims, TheTextsHaveTheTokensThatTheyHad) {
  int smaller = 0;
  for (const auto& [name, kind] : kinds()) {
    SCOPED_TRACE(name);
    write(kind.tokenizer);
    const auto before = load_tokenizer(path());
    const std::vector<std::string> some(kind.texts.begin(), kind.texts.begin() + std::ssize(kind.texts) / 3);
    for (const auto& texts : {some, kind.texts}) {
      write(kind.tokenizer);
      const VocabularyTrim trim(path(), texts, {});
      EXPECT_EQ(trim.before(), before->vocabulary_size());
      trim.write(path());
      const auto after = load_tokenizer(path());
      EXPECT_EQ(after->vocabulary_size(), std::ssize(trim.kept()));
      EXPECT_EQ(read("config.json").at("vocab_size"), trim.kept().size());
      for (const auto& text : texts) {
        EXPECT_EQ(former(after->encode(text, 0), trim.kept()), before->encode(text, 0)) << text;
        EXPECT_EQ(former(after->encode_plain(text), trim.kept()), before->encode_plain(text)) << text;
        EXPECT_EQ(after->decode(after->encode(text, 0)), before->decode(before->encode(text, 0))) << text;
      }
      smaller += std::ssize(trim.kept()) < trim.before();
    }
  }
  EXPECT_GT(smaller, 10);
}

TEST_F(VocabularyTrims, PromptsCountWithTheTexts) {
  const Kind kind = kinds().at("wordpiece");
  write(kind.tokenizer);
  const auto before = load_tokenizer(path());
  const auto query = before->find("query");
  const std::vector<std::string> texts = {"red"}, prompts = {"query: "};
  const auto keeps = [&](std::span<const std::string> before_texts) {
    const VocabularyTrim trim(path(), texts, before_texts);
    return std::ranges::binary_search(trim.kept(), *query);
  };
  EXPECT_FALSE(keeps({}));
  EXPECT_TRUE(keeps(prompts));
}

TEST_F(VocabularyTrims, WhatKnowsIdsMovesWithThem) {
  const Kind kind = kinds().at("wordpiece");
  const auto last = static_cast<int>(kind.tokenizer.at("model").at("vocab").size()) - 1;
  write(kind.tokenizer,
        {{"vocab_size", last + 1}, {"pad_token_id", 0}, {"odd_token_id", last}, {"bos_token_id", nullptr}});
  write_file_atomic(path() / "tokenizer_config.json",
                    json({{"added_tokens_decoder", {{std::to_string(last), {{"content", "?"}}}, {"x", {}}}}}).dump());
  std::string lines;
  const auto before = load_tokenizer(path());
  std::map<int, std::string> pieces;
  for (const auto& [piece, id] : kind.tokenizer.at("model").at("vocab").items()) pieces[id] = piece;
  for (const auto& [unused, piece] : pieces) lines += piece + "\n";
  write_file_atomic(path() / "vocab.txt", lines);
  write_file_atomic(path() / "merges.txt", "");
  const VocabularyTrim trim(path(), std::vector<std::string>{"red"}, {});
  trim.write(path());
  const int moved = static_cast<int>(trim.kept().size()) - 1;
  EXPECT_EQ(trim.kept().back(), last);
  EXPECT_LT(moved, last);
  EXPECT_EQ(read("config.json").at("odd_token_id"), moved);
  EXPECT_EQ(read("config.json").at("pad_token_id"), 0);
  EXPECT_TRUE(read("config.json").at("bos_token_id").is_null());
  EXPECT_EQ(read("tokenizer_config.json").at("added_tokens_decoder").size(), 1);
  EXPECT_EQ(read("tokenizer_config.json").at("added_tokens_decoder").at(std::to_string(moved)).at("content"), "?");
  EXPECT_FALSE(fs::exists(path() / "merges.txt"));

  // vocab.txt alone says the same.
  const auto with_json = load_tokenizer(path());
  fs::remove(path() / "tokenizer.json");
  const auto with_lines = load_tokenizer(path());
  EXPECT_EQ(with_lines->vocabulary_size(), with_json->vocabulary_size());
  EXPECT_EQ(with_lines->encode("a red robot", 0), with_json->encode("a red robot", 0));
}

TEST_F(VocabularyTrims, AVocabularyOfLinesIsTrimmed) {
  write_file_atomic(path() / "vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\n##a\nblue\nred\n");
  write_file_atomic(path() / "config.json", "{}");
  const VocabularyTrim trim(path(), std::vector<std::string>{"red"}, {});
  EXPECT_EQ(trim.kept(), (std::vector{0, 1, 2, 3, 4, 5, 6, 8}));
  trim.write(path());
  EXPECT_EQ(read_file(path() / "vocab.txt"), "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\n##a\nred\n");
  EXPECT_EQ(load_tokenizer(path())->encode("red", 0), (std::vector{2, 7, 3}));
}

}  // namespace genre
