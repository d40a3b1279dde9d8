// Hostile tokenizer.json files and texts, on the small tokenizers of tests/golden/make_subword_golden.py.
#include "genre/text/tokenizer_json.h"

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "genre/base/error.h"
#include "genre/base/file.h"
#include "genre/text/unicode.h"

namespace genre {
namespace {

using nlohmann::json;

std::map<std::string, json> small_files() {
  std::map<std::string, json> out;
  std::istringstream lines(read_file(GENRE_SOURCE_DIR "/tests/golden/subword_tokenizers.jsonl"));
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with("{\"kind\"")) {
      const json entry = json::parse(line);
      out[entry["kind"]] = entry["tokenizer"];
    }
  return out;
}

void expect_refused(const json& file) {
  try {
    tokenizer_from_json(file.dump());
    ADD_FAILURE() << "accepted";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::kData) << e.what();
  }
}

}  // namespace

TEST(TokenizerJson, DamageThrowsNothingButError) {
  for (const auto& [kind, file] : small_files()) {
    const std::string whole = file.dump();
    for (std::size_t i = 0; i < whole.size(); i += i < 1500 ? 7 : 211) {
      std::string damaged = whole;
      damaged[i] = static_cast<char>(damaged[i] ^ (1 << i % 7));
      try {
        tokenizer_from_json(damaged)->encode("Ab \u00E9 1  <s> caf\u00E9", 0);
      } catch (const Error&) {
      }
    }
    for (std::size_t length = 0; length < whole.size(); length += 811)
      EXPECT_THROW(tokenizer_from_json(whole.substr(0, length)), Error);
  }
}

TEST(TokenizerJson, ForeignKindsHolesAndDuplicatesAreRefused) {
  const auto files = small_files();
  const auto refused = [&](const char* kind, auto damage) {
    json file = files.at(kind);
    damage(file);
    expect_refused(file);
  };
  refused("gpt2", [](json& file) { file["model"]["type"] = "WordLevel"; });
  refused("gpt2", [](json& file) { file["model"]["vocab"]["new"] = 100'000; });
  refused("gpt2", [](json& file) { file["model"]["vocab"]["new"] = 5; });
  refused("gpt2", [](json& file) { file["model"]["vocab"]["new"] = -1; });
  refused("gpt2", [](json& file) { file["model"]["merges"].push_back({"A", "nowhere"}); });
  refused("gpt2", [](json& file) { file["model"]["merges"].push_back("a b c"); });
  refused("gpt2", [](json& file) { file["model"]["dropout"] = 0.1; });
  refused("gpt2", [](json& file) { file["added_tokens"][0]["single_word"] = true; });
  refused("gpt2", [](json& file) { file["added_tokens"][0]["id"] = 7; });
  refused("gpt2", [](json& file) { file["normalizer"] = {{"type", "Nmt"}}; });
  refused("qwen2", [](json& file) { file["pre_tokenizer"]["pretokenizers"][0]["pattern"] = {{"Regex", "(a+)+$"}}; });
  refused("t5", [](json& file) { file["model"]["vocab"].push_back(file["model"]["vocab"][9]); });
  refused("t5", [](json& file) { file["model"]["unk_id"] = nullptr; });
  refused("t5", [](json& file) { file["normalizer"]["precompiled_charsmap"] = "AAAA"; });
  refused("t5", [](json& file) { file["normalizer"]["precompiled_charsmap"] = "!"; });
  refused("t5", [](json& file) { file["post_processor"]["single"].push_back({{"Sequence", {{"id", "A"}}}}); });
}

TEST(TokenizerJson, BytesComeBackFromEveryText) {
  const auto tokenizer = tokenizer_from_json(small_files().at("smollm").dump());
  std::string marks = "a", spaces(100'000, ' ');
  for (int i = 0; i < 100'000; ++i) marks += i % 2 == 0 ? "\u0301" : "\u0323";
  for (const std::string& text :
       {std::string(), marks, spaces, spaces + "\n" + spaces + "x", std::string(1'000'000, 'x'),
        std::string("\xFF\xE2\x82 ok \xED\xA0\x80"), std::string("\0 nul", 5)})
    EXPECT_EQ(tokenizer->decode(tokenizer->encode_plain(text)), unicode::well_formed(text));
}

TEST(TokenizerJson, HundredThousandMarksAreNoTroubleForAnyKind) {
  std::string marks = "e";
  for (int i = 0; i < 100'000; ++i) marks += i % 2 == 0 ? "\u0301" : "\u0323";
  for (const auto& [kind, file] : small_files()) {
    const auto tokenizer = tokenizer_from_json(file.dump());
    const auto ids = tokenizer->encode(marks, 0);
    EXPECT_EQ(tokenizer->offsets(marks, 0).size(), ids.size()) << kind;
  }
}

}  // namespace genre
