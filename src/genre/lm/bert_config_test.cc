#include "genre/lm/bert_config.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "genre/base/error.h"
#include "genre/base/file.h"

namespace genre {
namespace fs = std::filesystem;
using nlohmann::json;

class BertConfigFiles : public testing::Test {
 protected:
  fs::path folder_ = fs::path(testing::TempDir()) / ("bert-config-" + std::to_string(getpid()));
  json shape_ = {{"model_type", "bert"},   {"hidden_act", "gelu"},          {"hidden_size", 32},
                 {"num_hidden_layers", 2}, {"num_attention_heads", 2},      {"intermediate_size", 64},
                 {"vocab_size", 30},       {"max_position_embeddings", 40}, {"type_vocab_size", 2},
                 {"layer_norm_eps", 1e-12}};
  json modules_ = json::parse(R"([{"path": "", "type": "sentence_transformers.models.Transformer"},
                                  {"path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
                                  {"path": "2_Normalize", "type": "sentence_transformers.models.Normalize"}])");
  json pooling_ = {
      {"word_embedding_dimension", 32}, {"pooling_mode_cls_token", true}, {"pooling_mode_mean_tokens", false}};
  json sentence_ = {{"max_seq_length", 16}, {"do_lower_case", false}};

  void SetUp() override { write(); }
  void TearDown() override { fs::remove_all(folder_); }
  void write() {
    write_file_atomic(folder_ / "config.json", shape_.dump());
    write_file_atomic(folder_ / "modules.json", modules_.dump());
    write_file_atomic(folder_ / "1_Pooling/config.json", pooling_.dump());
    write_file_atomic(folder_ / "sentence_bert_config.json", sentence_.dump());
  }
  // Without the sync of write_file_atomic, which thousands of damaged copies cannot afford.
  void write_raw(const char* file, std::string_view bytes) { std::ofstream(folder_ / file, std::ios::binary) << bytes; }
  void expect_refused(const char* file) {
    write();
    try {
      read_bert_config(folder_);
      ADD_FAILURE() << "accepted";
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::kData);
      EXPECT_EQ(e.place().file, (folder_ / file).string());
    }
  }
};

TEST_F(BertConfigFiles, SayShapePoolingAndLimit) {
  const BertConfig config = read_bert_config(folder_);
  EXPECT_EQ(config.hidden, 32);
  EXPECT_EQ(config.intermediate, 64);
  EXPECT_EQ(config.pooling, nn::Pooling::kClass);
  EXPECT_TRUE(config.normalise);
  EXPECT_EQ(config.maximum_tokens, 16);
  EXPECT_EQ(config.files.size(), 4u);
}

TEST_F(BertConfigFiles, WithoutModulesItIsMeanPooling) {
  fs::remove(folder_ / "modules.json");
  fs::remove(folder_ / "sentence_bert_config.json");
  const BertConfig config = read_bert_config(folder_);
  EXPECT_EQ(config.pooling, nn::Pooling::kMean);
  EXPECT_FALSE(config.normalise);
  EXPECT_EQ(config.maximum_tokens, 40);
  fs::remove(folder_ / "config.json");
  try {
    read_bert_config(folder_);
    ADD_FAILURE();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::kNotFound);
  }
}

TEST_F(BertConfigFiles, WrongValuesAreRefusedWithTheirFile) {
  const json good_shape = shape_, good_modules = modules_, good_pooling = pooling_, good_sentence = sentence_;
  for (const auto& [key, value] : std::map<std::string, json>{{"model_type", "roberta"},
                                                              {"hidden_act", "relu"},
                                                              {"hidden_size", 0},
                                                              {"hidden_size", 40},
                                                              {"num_attention_heads", 3},
                                                              {"vocab_size", "many"},
                                                              {"num_hidden_layers", -1},
                                                              {"intermediate_size", 1e30},
                                                              {"layer_norm_eps", -1}}) {
    shape_[key] = value;
    expect_refused("config.json");
    shape_ = good_shape;
  }
  modules_[2]["type"] = "sentence_transformers.models.Dense";
  expect_refused("modules.json");
  modules_ = json::parse("[]");
  expect_refused("modules.json");
  modules_ = json::object();
  expect_refused("modules.json");
  modules_ = good_modules;
  pooling_["pooling_mode_mean_tokens"] = true;
  expect_refused("1_Pooling/config.json");
  pooling_ = {{"pooling_mode_lasttoken", true}};
  expect_refused("1_Pooling/config.json");
  pooling_ = good_pooling;
  sentence_["max_seq_length"] = 2;
  expect_refused("sentence_bert_config.json");
  sentence_ = good_sentence;
  sentence_["do_lower_case"] = true;
  expect_refused("sentence_bert_config.json");
}

TEST_F(BertConfigFiles, DamageThrowsNothingButError) {
  for (const char* file : {"config.json", "modules.json", "1_Pooling/config.json", "sentence_bert_config.json"}) {
    const std::string whole = read_file(folder_ / file);
    for (std::size_t i = 0; i < whole.size(); ++i) {
      write_raw(file, whole.substr(0, i));
      EXPECT_THROW(read_bert_config(folder_), Error) << file << " cut at " << i;
      std::string flipped = whole;
      flipped[i] = static_cast<char>(flipped[i] ^ (1 << i % 8));
      write_raw(file, flipped);
      try {
        read_bert_config(folder_);
      } catch (const Error& e) {
        EXPECT_FALSE(e.place().file.empty());
      }
    }
    write_raw(file, whole);
  }
}

}  // namespace genre
