// Small tokenizers of every kind against the reference (tests/golden/make_subword_golden.py).
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "genre/base/error.h"
#include "genre/base/file.h"
#include "genre/text/tokenizer_json.h"

namespace genre {
namespace {

using nlohmann::json;

json offsets(const Tokenizer& tokenizer, const std::string& text) {
  json out = json::array();
  for (const TokenOffset offset : tokenizer.offsets(text, 0)) out.push_back({offset.begin, offset.end});
  return out;
}

}  // namespace

TEST(SubwordGolden, EveryKindDoesAsTheReference) {
  std::istringstream golden(read_file(GENRE_SOURCE_DIR "/tests/golden/subword_tokenizers.jsonl"));
  std::string line, kind;
  std::getline(golden, line);  // versions
  std::unique_ptr<Tokenizer> tokenizer;
  int kinds = 0, lines = 0;
  while (std::getline(golden, line)) {
    const json wanted = json::parse(line);
    if (wanted.contains("kind")) {
      kind = wanted["kind"];
      tokenizer = tokenizer_from_json(wanted["tokenizer"].dump());
      ++kinds;
      continue;
    }
    ++lines;
    SCOPED_TRACE(kind + " " + line);
    const auto text = wanted["text"].get<std::string>();
    const auto ids = tokenizer->encode(text, 0);
    EXPECT_EQ(json(ids), wanted["ids"]);
    const auto plain = tokenizer->encode_plain(text);
    EXPECT_EQ(json(plain), wanted.value("plain", json(plain)));
    // The unknown token of a model is special, and what unknown characters become.
    EXPECT_TRUE(std::ranges::none_of(
        plain, [&](std::int32_t id) { return tokenizer->is_special(id) && id != tokenizer->find("<unk>"); }));
    EXPECT_EQ(json(tokenizer->encode(text, 6)), wanted["cut"]);
    EXPECT_EQ(offsets(*tokenizer, text), wanted["offsets"]);
    EXPECT_EQ(tokenizer->decode(ids), wanted["decoded"].get<std::string>());
    EXPECT_EQ(tokenizer->decode(ids, Tokenizer::Special::kKeep), wanted["kept"].get<std::string>());
    try {
      const TokenSequence pair = tokenizer->encode_pair(text, "a second text", 12);
      EXPECT_EQ(json(pair.ids), wanted["pair"]);
      EXPECT_EQ(json(pair.segments), wanted["segments"]);
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::kConfig);
    }
  }
  EXPECT_GE(kinds, 12);
  EXPECT_GE(lines, 20 * kinds);
}

}  // namespace genre
