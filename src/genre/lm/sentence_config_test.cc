#include "genre/lm/sentence_config.h"

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

class SentenceConfigFiles : public testing::Test {
 protected:
  fs::path folder_ = fs::path(testing::TempDir()) / ("sentence-config-" + std::to_string(getpid()));
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
  json prompts_ = json::object();
  json dense_ = {{"in_features", 32},
                 {"out_features", 12},
                 {"bias", false},
                 {"activation_function", "torch.nn.modules.linear.Identity"}};

  void SetUp() override { write(); }
  void TearDown() override { fs::remove_all(folder_); }
  void write() {
    write_file_atomic(folder_ / "config.json", shape_.dump());
    write_file_atomic(folder_ / "modules.json", modules_.dump());
    write_file_atomic(folder_ / "1_Pooling/config.json", pooling_.dump());
    write_file_atomic(folder_ / "sentence_bert_config.json", sentence_.dump());
    write_file_atomic(folder_ / "config_sentence_transformers.json", prompts_.dump());
    write_file_atomic(folder_ / "2_Dense/config.json", dense_.dump());
  }
  void add_dense() {
    modules_.insert(modules_.begin() + 2,
                    json::object({{"path", "2_Dense"}, {"type", "sentence_transformers.models.Dense"}}));
  }
  // Without the sync of write_file_atomic, which thousands of damaged copies cannot afford.
  void write_raw(const char* file, std::string_view bytes) { std::ofstream(folder_ / file, std::ios::binary) << bytes; }
  void expect_refused(const char* file) {
    write();
    try {
      read_sentence_config(folder_);
      ADD_FAILURE() << "accepted a wrong " << file;
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::kData);
      EXPECT_EQ(e.place().file, (folder_ / file).string()) << e.what();
    }
  }
};

TEST_F(SentenceConfigFiles, SayShapePoolingAndLimit) {
  const SentenceConfig config = read_sentence_config(folder_);
  EXPECT_EQ(config.encoder.hidden, 32);
  EXPECT_EQ(config.encoder.intermediate, 64);
  EXPECT_EQ(config.pooling, nn::Pooling::kClass);
  EXPECT_TRUE(config.normalise);
  EXPECT_EQ(config.maximum_tokens, 16);
  EXPECT_EQ(config.files.size(), 4u);
}

TEST_F(SentenceConfigFiles, WithoutModulesItIsMeanPooling) {
  fs::remove(folder_ / "modules.json");
  fs::remove(folder_ / "sentence_bert_config.json");
  const SentenceConfig config = read_sentence_config(folder_);
  EXPECT_EQ(config.pooling, nn::Pooling::kMean);
  EXPECT_FALSE(config.normalise);
  EXPECT_EQ(config.maximum_tokens, 40);
  fs::remove(folder_ / "config.json");
  try {
    read_sentence_config(folder_);
    ADD_FAILURE();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::kNotFound);
  }
}

TEST_F(SentenceConfigFiles, NameTheirPoolingInEitherForm) {
  for (const auto& [old_key, mode, pooling] :
       {std::tuple{"pooling_mode_cls_token", "cls", nn::Pooling::kClass},
        {"pooling_mode_mean_tokens", "mean", nn::Pooling::kMean},
        {"pooling_mode_max_tokens", "max", nn::Pooling::kMaximum},
        {"pooling_mode_mean_sqrt_len_tokens", "mean_sqrt_len_tokens", nn::Pooling::kMeanRootLength},
        {"pooling_mode_weightedmean_tokens", "weightedmean", nn::Pooling::kWeightedMean},
        {"pooling_mode_lasttoken", "lasttoken", nn::Pooling::kLast}}) {
    pooling_ = {{old_key, true}, {"word_embedding_dimension", 32}};
    write();
    EXPECT_EQ(read_sentence_config(folder_).pooling, pooling) << old_key;
    pooling_ = {{"pooling_mode", mode}, {"include_prompt", false}};
    write();
    EXPECT_EQ(read_sentence_config(folder_).pooling, pooling) << mode;
    EXPECT_FALSE(read_sentence_config(folder_).include_prompt);
  }
}

TEST_F(SentenceConfigFiles, DenseModulesChangeTheDimension) {
  add_dense();
  write();
  const SentenceConfig config = read_sentence_config(folder_);
  ASSERT_EQ(config.dense.size(), 1u);
  EXPECT_EQ(config.dense[0].activation, Activation::kNone);
  EXPECT_FALSE(config.dense[0].bias);
  EXPECT_EQ(config.dimension(), 12);
}

TEST_F(SentenceConfigFiles, SayTheirPrompts) {
  prompts_ = {{"prompts", {{"query", "query: "}, {"passage", "passage: "}}}, {"default_prompt_name", "passage"}};
  write();
  const SentenceConfig config = read_sentence_config(folder_);
  EXPECT_EQ(config.prompts.at("query"), "query: ");
  EXPECT_EQ(config.default_prompt, "passage");
}

TEST_F(SentenceConfigFiles, TheTokenizersLimitHoldsWhereNoOtherIsGiven) {
  fs::remove(folder_ / "sentence_bert_config.json");
  write_raw("tokenizer_config.json", R"({"model_max_length": 20})");
  EXPECT_EQ(read_sentence_config(folder_).maximum_tokens, 20);
  write_raw("tokenizer_config.json", R"({"model_max_length": 1000000000000000019884624838656})");
  EXPECT_EQ(read_sentence_config(folder_).maximum_tokens, 40);
}

TEST_F(SentenceConfigFiles, WrongValuesAreRefusedWithTheirFile) {
  const json good_modules = modules_, good_pooling = pooling_, good_sentence = sentence_, good_dense = dense_;
  shape_["num_attention_heads"] = 3;
  expect_refused("config.json");
  shape_["num_attention_heads"] = 2;
  for (const char* const modules :
       {"[]", "{}", R"([{"path": "", "type": "Transformer"}])", R"([{"path": "1_Pooling", "type": "Pooling"}])",
        R"([{"path": "", "type": "Transformer"}, {"path": "1_Pooling", "type": "LSTM"}])",
        R"([{"path": "", "type": "Transformer"}, {"path": "1_Pooling", "type": "Normalize"}])",
        R"([{"path": "", "type": "Transformer"}, {"path": "../1_Pooling", "type": "Pooling"}])",
        R"([{"path": "", "type": "Transformer"}, {"path": "/1_Pooling", "type": "Pooling"}])",
        R"([{"path": "", "type": "Transformer"}, {"path": 1, "type": "Pooling"}])"}) {
    modules_ = json::parse(modules);
    expect_refused("modules.json");
  }
  modules_ = good_modules;
  std::swap(modules_[1], modules_[2]);
  expect_refused("modules.json");
  modules_ = good_modules;
  for (const char* const pooling :
       {R"({"pooling_mode_cls_token": true, "pooling_mode_mean_tokens": true})", R"({"pooling_mode_new": true})",
        R"({"pooling_mode": "new"})", R"({"pooling_mode": ["cls", "mean"]})", R"({"pooling_mode_cls_token": "yes"})",
        R"({"pooling_mode": "cls", "include_prompt": 1})", "[]", "{}"}) {
    pooling_ = json::parse(pooling);
    expect_refused("1_Pooling/config.json");
  }
  pooling_ = good_pooling;
  sentence_["max_seq_length"] = 2;
  expect_refused("sentence_bert_config.json");
  sentence_ = good_sentence;
  sentence_["do_lower_case"] = true;
  expect_refused("sentence_bert_config.json");
  sentence_ = good_sentence;
  add_dense();
  for (const auto& [key, value] : std::map<std::string, json>{{"in_features", 31},
                                                              {"out_features", 0},
                                                              {"activation_function", "torch.nn.Softmax"},
                                                              {"use_residual", true},
                                                              {"module_input_name", "token_embeddings"}}) {
    dense_ = good_dense;
    dense_[key] = value;
    expect_refused("2_Dense/config.json");
  }
  modules_ = good_modules;
  prompts_ = {{"prompts", {{"query", 1}}}};
  expect_refused("config_sentence_transformers.json");
  prompts_ = {{"prompts", {{"query", "q"}}}, {"default_prompt_name", "passage"}};
  expect_refused("config_sentence_transformers.json");
}

TEST_F(SentenceConfigFiles, DamageThrowsNothingButError) {
  add_dense();
  write();
  for (const char* file : {"config.json", "modules.json", "1_Pooling/config.json", "sentence_bert_config.json",
                           "config_sentence_transformers.json", "2_Dense/config.json"}) {
    const std::string whole = read_file(folder_ / file);
    for (std::size_t i = 0; i < whole.size(); ++i) {
      write_raw(file, whole.substr(0, i));
      EXPECT_THROW(read_sentence_config(folder_), Error) << file << " cut at " << i;
      std::string flipped = whole;
      flipped[i] = static_cast<char>(flipped[i] ^ (1 << i % 8));
      write_raw(file, flipped);
      try {
        read_sentence_config(folder_);
      } catch (const Error& e) {
        EXPECT_FALSE(e.place().file.empty());
      }
    }
    write_raw(file, whole);
  }
}

}  // namespace genre
