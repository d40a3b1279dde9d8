#include "genre/lm/decoder_config.h"

#include <gtest/gtest.h>

#include <cmath>

#include "genre/base/error.h"
#include "genre/lm/tiny_decoder_test.h"

namespace genre {
namespace {

using nlohmann::json;

class DecoderConfigFiles : public TinyDecoderFiles {
 protected:
  DecoderConfig read(const json& config) {
    std::filesystem::create_directories(folder_);
    write_file_atomic(folder_ / "config.json", config.dump());
    return read_decoder_config(folder_);
  }
  void expect_refused(const json& config, const std::string& fault) {
    try {
      read(config);
      ADD_FAILURE() << "accepted " << config.dump();
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::kData);
      EXPECT_EQ(e.place().file, (folder_ / "config.json").string());
      EXPECT_NE(std::string(e.what()).find(fault), std::string::npos) << e.what() << "\nwanted: " << fault;
    }
  }
  static json llama() { return TinyDecoder::named("llama").config; }
};

}  // namespace

TEST_F(DecoderConfigFiles, OldAndNewFormsOfRopeAreOne) {
  json modern = TinyDecoder::named("llama3").config, old = modern;
  old.erase("rope_parameters");
  old["rope_theta"] = 10000.0;
  old["rope_scaling"] = modern["rope_parameters"];
  old["rope_scaling"].erase("rope_theta");
  EXPECT_EQ(read(modern).rope_frequencies, read(old).rope_frequencies);
  old["rope_scaling"]["type"] = "linear";  // the oldest name
  old["rope_scaling"].erase("rope_type");
  old["rope_scaling"]["factor"] = 4.0;
  const auto linear = read(old).rope_frequencies;
  old["rope_scaling"] = nullptr;
  const auto plain = read(old).rope_frequencies;
  ASSERT_EQ(plain.size(), 8u);
  for (std::size_t i = 0; i < 8; ++i) {
    EXPECT_FLOAT_EQ(plain[i], static_cast<float>(std::pow(10000.0, -static_cast<double>(i) / 8)));
    EXPECT_FLOAT_EQ(linear[i], plain[i] / 4);
  }
}

TEST_F(DecoderConfigFiles, EndTokensOfTheGenerationFileWin) {
  json config = llama();
  config["eos_token_id"] = {2, 5};
  EXPECT_EQ(read(config).end_tokens, (std::vector<std::int32_t>{2, 5}));
  write_file_atomic(folder_ / "generation_config.json", R"({"eos_token_id": 7})");
  EXPECT_EQ(read(config).end_tokens, std::vector<std::int32_t>{7});
  config["eos_token_id"] = nullptr;
  write_file_atomic(folder_ / "generation_config.json", "{}");
  EXPECT_TRUE(read(config).end_tokens.empty());
}

TEST_F(DecoderConfigFiles, DefaultsFollowTheArchitecture) {
  json config = llama();
  for (const char* const key : {"num_key_value_heads", "head_dim", "rope_parameters", "rms_norm_eps"})
    config.erase(key);
  const DecoderConfig read_config = read(config);
  EXPECT_EQ(read_config.key_value_heads, 2);
  EXPECT_EQ(read_config.head_size, 16);
  EXPECT_EQ(read_config.epsilon, 1e-6f);
  EXPECT_FALSE(read_config.tied_head);
  EXPECT_TRUE(read(TinyDecoder::named("qwen2").config).attention_bias);
  EXPECT_TRUE(read(TinyDecoder::named("qwen3").config).head_norms);
  EXPECT_TRUE(read(TinyDecoder::named("gpt2").config).tied_head);
  EXPECT_EQ(read(TinyDecoder::named("gpt2").config).intermediate, 128);
}

TEST_F(DecoderConfigFiles, WhatIsNotSupportedIsRefusedByName) {
  const auto with = [](json config, const char* key, const json& value) {
    config[key] = value;
    return config;
  };
  expect_refused(with(llama(), "model_type", "mamba"), "'mamba'");
  expect_refused(with(llama(), "hidden_act", "gelu"), "hidden_act");
  expect_refused(with(llama(), "use_sliding_window", true), "use_sliding_window");
  for (const char* const kind : {"yarn", "dynamic", "longrope"})
    expect_refused(with(llama(), "rope_parameters", {{"rope_type", kind}, {"factor", 2.0}}), kind);
  expect_refused(with(llama(), "partial_rotary_factor", 0.5), "partial_rotary_factor");
  expect_refused(with(llama(), "num_key_value_heads", 3), "evenly");
  expect_refused(with(llama(), "head_dim", 20), "multiple of 16");
  expect_refused(with(llama(), "eos_token_id", 96), "end token 96");
  expect_refused(with(llama(), "eos_token_id", "2"), "eos_token_id");
  for (const char* const key : {"hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size",
                                "vocab_size", "max_position_embeddings"})
    for (const json& value : {json(0), json(-1), json(1.5), json("8"), json(std::uint64_t{1} << 63), json(1e300)})
      expect_refused(with(llama(), key, value), key);
  expect_refused(with(llama(), "rms_norm_eps", 0), "rms_norm_eps");
  expect_refused(with(TinyDecoder::named("gpt2").config, "activation_function", "relu"), "activation_function");
  expect_refused(with(TinyDecoder::named("gpt2").config, "n_head", 3), "n_head");
  expect_refused(json::array(), "not an object");
}

}  // namespace genre
