#include "genre/text/tokenizer.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "genre/base/error.h"
#include "genre/base/file.h"

namespace genre {
namespace fs = std::filesystem;

class LoadTokenizer : public testing::Test {
 protected:
  fs::path folder_ = fs::path(testing::TempDir()) / ("tokenizer-" + std::to_string(getpid()));
  void SetUp() override { fs::create_directories(folder_); }
  void TearDown() override { fs::remove_all(folder_); }

  static nlohmann::json small() {
    return nlohmann::json::parse(R"({
      "added_tokens": [{"id": 2, "content": "[CLS]", "single_word": false, "normalized": false},
                       {"id": 5, "content": "[NEW]", "single_word": false, "normalized": false}],
      "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": false},
      "pre_tokenizer": {"type": "BertPreTokenizer"},
      "post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "[CLS]"}}, {"Sequence": {"id": "A"}}, {"SpecialToken": {"id": "[SEP]"}}]},
      "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
                "vocab": {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "Ab": 4}}})");
  }
  void write(const nlohmann::json& file) { write_file_atomic(folder_ / "tokenizer.json", file.dump()); }
  // Without the sync of write_file_atomic, which thousands of damaged copies cannot afford.
  void write_raw(std::string_view bytes) { std::ofstream(folder_ / "tokenizer.json", std::ios::binary) << bytes; }
  void expect_refused(const nlohmann::json& file) {
    write(file);
    try {
      load_tokenizer(folder_);
      ADD_FAILURE() << "accepted " << file.dump();
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::kData);
      EXPECT_EQ(e.place().file, (folder_ / "tokenizer.json").string());
    }
  }
};

TEST_F(LoadTokenizer, TakesItsSettingsFromTokenizerJson) {
  write(small());
  const auto tokenizer = load_tokenizer(folder_);
  EXPECT_EQ(tokenizer->vocabulary_size(), 6);
  EXPECT_EQ(tokenizer->encode("Ab ab [NEW]", 0), (std::vector<std::int32_t>{2, 4, 1, 5, 3}));
  auto bert = small();
  bert["post_processor"] = {{"type", "BertProcessing"}, {"sep", {"[SEP]", 3}}, {"cls", {"[PAD]", 0}}};
  bert["normalizer"]["lowercase"] = true;
  write(bert);
  EXPECT_EQ(load_tokenizer(folder_)->encode("Ab", 0), (std::vector<std::int32_t>{0, 1, 3}));
}

TEST_F(LoadTokenizer, ReadsAVocabularyFile) {
  write_file_atomic(folder_ / "vocab.txt", "[PAD]\n[UNK]\n[CLS]\r\n[SEP]\n[MASK]\nab\nAb");
  EXPECT_EQ(load_tokenizer(folder_)->encode("Ab [MASK]", 0), (std::vector<std::int32_t>{2, 5, 4, 3}));
  write_file_atomic(folder_ / "tokenizer_config.json",
                    R"({"do_lower_case": false, "unk_token": {"content": "[UNK]"}})");
  EXPECT_EQ(load_tokenizer(folder_)->encode("Ab", 0), (std::vector<std::int32_t>{2, 6, 3}));
}

TEST_F(LoadTokenizer, AFolderWithoutFilesIsNotFound) {
  try {
    load_tokenizer(folder_);
    ADD_FAILURE();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::kNotFound);
  }
}

TEST_F(LoadTokenizer, EveryTruncationIsRefused) {
  const std::string whole = small().dump();
  for (std::size_t length = 0; length < whole.size(); ++length) {
    write_raw(whole.substr(0, length));
    EXPECT_THROW(load_tokenizer(folder_), Error) << length;
  }
}

TEST_F(LoadTokenizer, DamageThrowsNothingButError) {
  const std::string whole = small().dump();
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::string damaged = whole;
    damaged[i] = static_cast<char>(damaged[i] ^ (1 << i % 8));
    write_raw(damaged);
    try {
      load_tokenizer(folder_)->encode("Ab ab", 0);
    } catch (const Error& e) {
      EXPECT_EQ(e.place().file, (folder_ / "tokenizer.json").string());
    }
  }
}

TEST_F(LoadTokenizer, MissingAndForeignPartsAreRefused) {
  for (const char* key : {"added_tokens", "normalizer", "pre_tokenizer", "post_processor", "model"}) {
    auto file = small();
    file.erase(key);
    expect_refused(file);
    file[key] = nullptr;
    if (std::string(key) != "added_tokens") expect_refused(file);
  }
  auto file = small();
  file["model"]["type"] = "WordLevel";
  expect_refused(file);
  file = small();
  file["added_tokens"][0]["id"] = 4;
  expect_refused(file);
  file = small();
  file["added_tokens"][1]["normalized"] = true;
  expect_refused(file);
  file = small();
  file["model"]["vocab"]["Ab"] = 9;
  expect_refused(file);
  file = small();
  file["model"]["vocab"].erase("[UNK]");
  expect_refused(file);
}

}  // namespace genre
