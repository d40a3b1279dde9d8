// The tokenizer of the real model against lines tokenized by the reference (tests/golden/make_tokenizer_golden.py).
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "genre/base/file.h"
#include "genre/lm/catalogue.h"
#include "genre/text/tokenizer.h"

namespace genre {
namespace {

using nlohmann::json;
using Ids = std::vector<std::int32_t>;

std::string text_of(const json& entry) {
  if (entry.is_string()) return entry.get<std::string>();
  const auto hex = entry.at("hex").get<std::string>();  // ill-formed UTF-8
  std::string out;
  for (std::size_t i = 0; i < hex.size(); i += 2) out += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return out;
}

int mismatches(const Tokenizer& tokenizer) {
  std::istringstream golden(read_file(GENRE_SOURCE_DIR "/tests/golden/wordpiece.jsonl"));
  std::string line;
  std::getline(golden, line);  // versions
  int lines = 0, wrong = 0;
  for (; std::getline(golden, line); ++lines) {
    const json entry = json::parse(line);
    const auto found = tokenizer.encode(text_of(entry[0]), entry.size() > 2 ? entry[2].get<int>() : 0);
    if (found != entry[1].get<Ids>() && ++wrong <= 10) ADD_FAILURE() << line << "\nfound " << json(found).dump();
  }
  EXPECT_GT(lines, 10'000);
  return wrong;
}

}  // namespace

TEST(WordPieceGolden, EveryLineHasTheIdsOfTheReference) {
  EXPECT_EQ(mismatches(*load_tokenizer(resolve_model("all-MiniLM-L6-v2"))), 0);
}

TEST(WordPieceGolden, AVocabularyFileGivesTheSameTokenizer) {
  const auto model = resolve_model("all-MiniLM-L6-v2");
  const auto folder = std::filesystem::path(testing::TempDir()) / "vocabulary-of-model";
  const json file = json::parse(read_file(model / "tokenizer.json"));
  std::vector<std::string> tokens(file["model"]["vocab"].size());
  for (const auto& [token, id] : file["model"]["vocab"].items()) tokens.at(id.get<std::size_t>()) = token;
  std::string vocabulary;
  for (const auto& token : tokens) vocabulary += token + "\n";
  write_file_atomic(folder / "vocab.txt", vocabulary);
  write_file_atomic(folder / "tokenizer_config.json", read_file(model / "tokenizer_config.json"));
  EXPECT_EQ(mismatches(*load_tokenizer(folder)), 0);
  std::filesystem::remove_all(folder);
}

}  // namespace genre
