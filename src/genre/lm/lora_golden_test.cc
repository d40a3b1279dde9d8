// Adapters beside their base, and merged into it, against PEFT (tests/golden/make_lora_golden.py).
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "genre/base/error.h"
#include "genre/lm/decoder.h"
#include "genre/lm/encoder.h"
#include "genre/lm/lora.h"
#include "genre/lm/testing.h"

namespace genre {
namespace fs = std::filesystem;
namespace {

using nlohmann::json;

double worst_difference(const Matrix& a, const json& golden) {
  double worst = 0;
  for (std::int64_t r = 0; r < a.rows(); ++r)
    for (std::int64_t c = 0; c < a.cols(); ++c)
      worst = std::max(worst, std::abs(double{a.row(r)[c]} - golden.at(r).at(c).get<double>()));
  EXPECT_EQ(a.rows(), std::ssize(golden));
  return worst;
}

class LoraGolden : public testing::Test {
 protected:
  // The folder of a model, and of one of its adapters.
  fs::path write_model(const std::string& name) const {
    const json& model = golden_.at("models").at(name);
    const fs::path folder = folder_.path() / name;
    write_file_atomic(folder / "config.json", model.at("config").dump());
    write_golden_weights(model.at("tensors"), folder / "model.safetensors");
    return folder;
  }
  fs::path write_adapter(const std::string& name, const json& adapter) const {
    const fs::path folder = folder_.path() / name;
    fs::remove_all(folder);
    write_file_atomic(folder / "adapter_config.json", adapter.at("config").dump());
    write_golden_weights(adapter.at("tensors"), folder / "adapter_model.safetensors");
    return folder;
  }
  static std::vector<std::int32_t> ids(const json& model) { return model.at("ids"); }
  static Matrix states(const Encoder& encoder, const json& model) {
    PackedTokens tokens;
    tokens.ids = ids(model);
    tokens.offsets.push_back(static_cast<std::int32_t>(tokens.ids.size()));
    return encoder.states(tokens);
  }
  static Matrix logits(const Decoder& decoder, const json& model) {
    const auto tokens = ids(model);
    KvCache cache(decoder.config());
    const DecoderSlice slice{&cache, tokens, static_cast<int>(tokens.size())};
    return decoder.forward({&slice, 1});
  }
  template <class Model>
  void expect_refused(const Model& base, const json& adapter, const std::string& fault, const std::string& hint = "") {
    try {
      base.with_adapter(write_adapter("refused", adapter));
      ADD_FAILURE() << "accepted: " << fault;
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::kData);
      EXPECT_NE(std::string(e.what()).find(fault), std::string::npos) << e.what() << "\nwanted: " << fault;
      EXPECT_NE(e.hint().find(hint), std::string::npos) << e.hint();
    }
  }

  const json golden_ = json::parse(read_file(GENRE_SOURCE_DIR "/tests/golden/lora.json"));
  const TestFolder folder_{"lora-golden"};
};

}  // namespace

TEST_F(LoraGolden, BesideAnEncoderGivesTheStatesOfTheReference) {
  int adapters = 0;
  for (const auto& [name, model] : golden_.at("models").items()) {
    if (model.at("kind") == "decoder") continue;
    const Encoder base(read_encoder_config(write_model(name)), EncoderPrecision::kFp32);
    EXPECT_LT(worst_difference(states(base, model), model.at("output")), 1e-4) << name;
    for (const auto& [adapter_name, adapter] : model.at("adapters").items()) {
      SCOPED_TRACE(name + " " + adapter_name);
      const Encoder adapted = base.with_adapter(write_adapter(adapter_name, adapter));
      EXPECT_LT(worst_difference(states(adapted, model), adapter.at("output")), 1e-4);
      EXPECT_GT(worst_difference(states(base, model), adapter.at("output")), 0.1);
      ++adapters;
    }
  }
  EXPECT_EQ(adapters, 6);
}

TEST_F(LoraGolden, BesideADecoderAndMergedIntoItGivesTheLogitsOfTheReference) {
  int adapters = 0;
  for (const auto& [name, model] : golden_.at("models").items()) {
    if (model.at("kind") != "decoder") continue;
    const fs::path folder = write_model(name);
    const Decoder base(folder, DecoderPrecision::kFp32);
    EXPECT_LT(worst_difference(logits(base, model), model.at("output")), 1e-4) << name;
    for (const auto& [adapter_name, adapter] : model.at("adapters").items()) {
      SCOPED_TRACE(name + " " + adapter_name);
      const fs::path path = write_adapter(adapter_name, adapter);
      const Decoder beside = base.with_adapter(path), merged(folder, DecoderPrecision::kFp32, path);
      EXPECT_LT(worst_difference(logits(beside, model), adapter.at("output")), 1e-4);
      EXPECT_LT(worst_difference(logits(merged, model), adapter.at("output")), 1e-4);
      EXPECT_EQ(beside.weight_bytes(), base.weight_bytes());
      EXPECT_GT(beside.adapter_bytes(), 0);
      ++adapters;
    }
  }
  EXPECT_EQ(adapters, 5);
}

TEST_F(LoraGolden, SeveralAdaptersShareOneBase) {
  const json& model = golden_.at("models").at("llama");
  const Decoder base(write_model("llama"), DecoderPrecision::kFp32);
  std::map<std::string, Decoder> by_name;
  for (const auto& [name, adapter] : model.at("adapters").items())
    by_name.emplace(name, base.with_adapter(write_adapter(name, adapter)));
  for (const auto& [name, adapter] : model.at("adapters").items())
    EXPECT_LT(worst_difference(logits(by_name.at(name), model), adapter.at("output")), 1e-4) << name;
  EXPECT_LT(worst_difference(logits(base, model), model.at("output")), 1e-4);
  // An adapter beside a decoder that has one takes its place.
  const json& all = model.at("adapters").at("all");
  EXPECT_LT(
      worst_difference(logits(by_name.at("query-value").with_adapter(folder_.path() / "all"), model), all.at("output")),
      1e-4);
}

TEST_F(LoraGolden, StandsBesideAQuantisedBase) {
  const json& llama = golden_.at("models").at("llama");
  const json& all = llama.at("adapters").at("all");
  const Decoder native(write_model("llama"), DecoderPrecision::kNative);
  const double plain = worst_difference(logits(native, llama), llama.at("output"));
  EXPECT_LT(worst_difference(logits(native.with_adapter(write_adapter("all", all)), llama), all.at("output")),
            3 * plain + 0.05);
  const json& bert = golden_.at("models").at("bert");
  const json& more = bert.at("adapters").at("all");
  const auto path = write_adapter("bert-all", more);
  for (const auto precision : {EncoderPrecision::kInt8, EncoderPrecision::kBf16}) {
    const Encoder base(read_encoder_config(write_model("bert")), precision);
    const double loss = worst_difference(states(base, bert), bert.at("output"));
    EXPECT_LT(worst_difference(states(base.with_adapter(path), bert), more.at("output")), 3 * loss + 0.02);
  }
}

TEST_F(LoraGolden, AdaptersOfOtherModelsAreRefused) {
  const json& models = golden_.at("models");
  const Encoder bert(read_encoder_config(write_model("bert")), EncoderPrecision::kFp32);
  const Decoder llama(write_model("llama"), DecoderPrecision::kFp32);
  expect_refused(bert, models.at("distilbert").at("adapters").at("some"), "the model does not have", "a small model");
  expect_refused(llama, models.at("gpt2").at("adapters").at("all"), "the model does not have", "a small model");
  json wide = models.at("llama").at("adapters").at("query-value");
  const std::string first = wide.at("tensors").begin().key();
  wide.at("tensors").at(first).back() = 64;
  expect_refused(llama, wide, "is 4 x 64, for this model it would be 4 x 32", "a small model");
  json deeper = models.at("llama").at("adapters").at("query-value");
  for (const char* part : {".lora_A.weight", ".lora_B.weight"}) {
    const std::string module = "base_model.model.model.layers.0.self_attn.q_proj";
    std::string moved = module;
    deeper.at("tensors")[moved.replace(moved.find(".0."), 3, ".7.") + part] = deeper.at("tensors").at(module + part);
  }
  expect_refused(llama, deeper, "model.layers.7.self_attn.q_proj");
  json base_layer = models.at("llama").at("adapters").at("query-value");
  base_layer.at("tensors")["base_model.model.lm_head.base_layer.weight"] = {96, 32};
  expect_refused(llama, base_layer, "no part of a LoRA adapter");
  EXPECT_THROW(llama.with_adapter(folder_.path() / "nowhere"), Error);
}

}  // namespace genre
