#include "genre/lm/encoder_config.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "genre/base/error.h"
#include "genre/lm/rope_frequencies.h"

namespace genre {
namespace fs = std::filesystem;
using nlohmann::json;

class EncoderConfigFile : public testing::Test {
 protected:
  fs::path folder_ = fs::path(testing::TempDir()) / ("encoder-config-" + std::to_string(getpid()));
  json bert_ = {{"model_type", "bert"},   {"hidden_act", "gelu"},          {"hidden_size", 32},
                {"num_hidden_layers", 4}, {"num_attention_heads", 2},      {"intermediate_size", 64},
                {"vocab_size", 30},       {"max_position_embeddings", 40}, {"type_vocab_size", 2},
                {"layer_norm_eps", 1e-12}};

  void SetUp() override { fs::create_directories(folder_); }
  void TearDown() override { fs::remove_all(folder_); }
  EncoderConfig read(const json& file) {
    std::ofstream(folder_ / "config.json") << file.dump();
    return read_encoder_config(folder_);
  }
  json with(const json& changes) const {
    json out = bert_;
    out.update(changes);
    return out;
  }
  std::string refusal(const json& file) {
    try {
      read(file);
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::kData);
      EXPECT_EQ(e.place().file, (folder_ / "config.json").string());
      return e.message() + "; " + e.hint();
    }
    ADD_FAILURE() << "accepted " << file;
    return "";
  }
};

TEST_F(EncoderConfigFile, OfBertSaysTheShape) {
  const EncoderConfig config = read(bert_);
  EXPECT_EQ(config.architecture->name, "bert");
  EXPECT_EQ(config.hidden, 32);
  EXPECT_EQ(config.intermediate, 64);
  EXPECT_EQ(config.positions, 40);
  EXPECT_EQ(config.position_rows(), 40);
  EXPECT_EQ(config.types, 2);
  EXPECT_EQ(config.activation, Activation::kGelu);
}

TEST_F(EncoderConfigFile, OfRobertaLosesPositionsToThePaddingToken) {
  EncoderConfig config = read(with({{"model_type", "roberta"}, {"type_vocab_size", 1}, {"pad_token_id", 1}}));
  EXPECT_EQ(config.padding, 1);
  EXPECT_EQ(config.positions, 38);
  EXPECT_EQ(config.position_rows(), 40);
  config = read(with({{"model_type", "xlm-roberta"}, {"pad_token_id", 3}}));
  EXPECT_EQ(config.positions, 36);
  EXPECT_NE(refusal(with({{"model_type", "roberta"}, {"max_position_embeddings", 2}})).find("no position"),
            std::string::npos);
}

TEST_F(EncoderConfigFile, OfDistilBertHasKeysOfItsOwn) {
  const EncoderConfig config = read({{"model_type", "distilbert"},
                                     {"dim", 48},
                                     {"n_layers", 1},
                                     {"n_heads", 3},
                                     {"hidden_dim", 80},
                                     {"activation", "relu"},
                                     {"vocab_size", 9},
                                     {"max_position_embeddings", 7}});
  EXPECT_EQ(config.hidden, 48);
  EXPECT_EQ(config.intermediate, 80);
  EXPECT_EQ(config.types, 0);
  EXPECT_EQ(config.activation, Activation::kRelu);
}

TEST_F(EncoderConfigFile, OfModernBertAlternatesAttention) {
  json file = with({{"model_type", "modernbert"},
                    {"global_attn_every_n_layers", 3},
                    {"local_attention", 8},
                    {"global_rope_theta", 160000.0},
                    {"local_rope_theta", 10000.0}});
  EncoderConfig config = read(file);
  EXPECT_EQ(config.local, (std::vector<bool>{false, true, true, false}));
  EXPECT_EQ(config.window, 4);
  EXPECT_EQ(config.global_frequencies, rope_frequencies(config.hidden / config.heads, 160000, {}));
  EXPECT_EQ(config.position_rows(), 0);
  EXPECT_FALSE(config.norm_bias);
  file["layer_types"] = {"sliding_attention", "full_attention", "full_attention", "sliding_attention"};
  file["rope_parameters"] = {{"full_attention", {{"rope_type", "default"}, {"rope_theta", 5000.0}}}};
  config = read(file);
  EXPECT_EQ(config.local, (std::vector<bool>{true, false, false, true}));
  EXPECT_EQ(config.global_frequencies, rope_frequencies(config.hidden / config.heads, 5000, {}));
  EXPECT_EQ(config.local_frequencies, rope_frequencies(config.hidden / config.heads, 10000, {}));
  for (const auto& [key, value] :
       std::map<std::string, json>{{"layer_types", {"full_attention"}},
                                   {"layer_types", {"a", "b", "c", "d"}},
                                   {"local_attention", 1},
                                   {"rope_scaling", {{"type", "yarn"}}},
                                   {"rope_parameters", {{"full_attention", {{"rope_type", "yarn"}}}}},
                                   {"rope_parameters", {{"full_attention", {{"rope_theta", -1}}}}}}) {
    json wrong = file;
    wrong[key] = value;
    refusal(wrong);
  }
}

TEST_F(EncoderConfigFile, OfNewKnowsScaledPositionsAndRefusesOtherSettings) {
  const json file = with({{"model_type", "new"},
                          {"position_embedding_type", "rope"},
                          {"rope_theta", 500.0},
                          {"rope_scaling", {{"type", "ntk"}, {"factor", 2.0}}},
                          {"type_vocab_size", 0}});
  const EncoderConfig config = read(file);
  EXPECT_EQ(config.types, 0);
  EXPECT_TRUE(config.attention_together);
  EXPECT_FALSE(config.inner_bias);
  EXPECT_TRUE(config.outer_bias);
  EXPECT_EQ(config.position_rows(), 0);
  RopeScaling scaling{.kind = RopeScaling::Kind::kNtk, .factor = 2};
  const int size = config.hidden / config.heads;
  EXPECT_EQ(config.global_frequencies, rope_frequencies(size, 500, scaling));
  // The slowest wave is stretched by the whole factor.
  EXPECT_NEAR(config.global_frequencies.back() * 2, rope_frequencies(size, 500, {}).back(), 1e-6);
  for (const auto& [key, value] :
       std::vector<std::pair<std::string, json>>{{"position_embedding_type", "absolute"},
                                                 {"logn_attention_scale", true},
                                                 {"layer_norm_type", "rms_norm"},
                                                 {"rope_scaling", {{"type", "yarn"}, {"factor", 2.0}}},
                                                 {"rope_scaling", {{"type", "ntk"}, {"factor", 0.5}}},
                                                 {"rope_theta", 0.5}}) {
    json wrong = file;
    wrong[key] = value;
    refusal(wrong);
  }
}

TEST_F(EncoderConfigFile, OfUnknownTypeIsRefusedWithTheList) {
  const std::string message = refusal(with({{"model_type", "deberta-v2"}}));
  for (const char* const part : {"deberta-v2", "bert", "xlm-roberta", "modernbert"})
    EXPECT_NE(message.find(part), std::string::npos) << message;
}

TEST_F(EncoderConfigFile, WrongValuesAreRefused) {
  for (const auto& [key, value] :
       std::vector<std::pair<std::string, json>>{{"model_type", 7},
                                                 {"hidden_act", "quick_gelu"},
                                                 {"hidden_size", 0},
                                                 {"hidden_size", 40},
                                                 {"hidden_size", 16777217},
                                                 {"num_attention_heads", 3},
                                                 {"num_attention_heads", 0},
                                                 {"vocab_size", "many"},
                                                 {"vocab_size", 18446744073709551615u},
                                                 {"num_hidden_layers", -1},
                                                 {"num_hidden_layers", 1.5},
                                                 {"intermediate_size", 1e30},
                                                 {"layer_norm_eps", -1},
                                                 {"layer_norm_eps", "small"},
                                                 {"is_decoder", true},
                                                 {"position_embedding_type", "relative_key"}})
    refusal(with({{key, value}}));
  refusal(json::array());
  refusal(json::object());
  for (const char* const key : {"model_type", "hidden_size", "num_hidden_layers", "num_attention_heads",
                                "intermediate_size", "vocab_size", "max_position_embeddings"}) {
    json wrong = bert_;
    wrong.erase(key);
    EXPECT_NE(refusal(wrong).find(key), std::string::npos);
  }
}

}  // namespace genre
