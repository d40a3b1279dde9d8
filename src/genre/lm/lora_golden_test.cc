// Adapters beside their base, and merged into it, against PEFT (tests/golden/make_lora_golden.py).
#include "genre/lm/adapter_golden_test.h"

namespace genre {
namespace fs = std::filesystem;
namespace {

using nlohmann::json;

class LoraGolden : public AdapterGolden {
 protected:
  LoraGolden() : AdapterGolden("lora.json") {}
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
  EXPECT_EQ(adapters, 9);
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
      const Decoder beside = base.with_adapter(path);
      EXPECT_LT(worst_difference(logits(beside, model), adapter.at("output")), 1e-4);
      if (adapter.at("config").contains("lora_alpha")) {
        const Decoder merged(folder, DecoderPrecision::kFp32, path);
        EXPECT_LT(worst_difference(logits(merged, model), adapter.at("output")), 1e-4);
      }
      EXPECT_EQ(beside.weight_bytes(), base.weight_bytes());
      EXPECT_GT(beside.adapter_bytes(), 0);
      ++adapters;
    }
  }
  EXPECT_EQ(adapters, 10);
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

TEST_F(LoraGolden, VirtualTokensAreInFrontOfEverySequenceAndTakeTheirPositions) {
  const json& model = golden_.at("models").at("llama");
  const Decoder base(write_model("llama"), DecoderPrecision::kFp32);
  for (const char* name : {"prompt", "prefix"}) {
    const json& adapter = model.at("adapters").at(name);
    const Decoder with = base.with_adapter(write_adapter(name, adapter));
    EXPECT_EQ(with.config().positions,
              base.config().positions - adapter.at("config").at("num_virtual_tokens").get<int>());
    // Word by word, and behind a prefix that sequences share.
    const auto tokens = ids(model);
    auto shared = std::make_shared<KvCache>(with.new_cache());
    EXPECT_EQ(shared->length(), 0);
    const DecoderSlice start{shared.get(), std::span(tokens).first(3), 0};
    with.forward({&start, 1});
    EXPECT_EQ(shared->length(), 3);
    KvCache cache{std::shared_ptr<const KvCache>(shared)};
    for (std::size_t t = 3; t < tokens.size(); ++t) {
      const DecoderSlice next{&cache, std::span(tokens).subspan(t, 1), 1};
      json wanted = json::array({adapter.at("output").at(adapter.at("output").size() - tokens.size() + t)});
      EXPECT_LT(worst_difference(with.forward({&next, 1}), wanted), 1e-4);
    }
    cache.truncate(3);
    EXPECT_EQ(cache.length(), 3);
    const Decoder back = with.with_adapter(write_adapter("all", model.at("adapters").at("all")));
    EXPECT_EQ(back.config().positions, base.config().positions);
    EXPECT_LT(worst_difference(logits(back, model), model.at("adapters").at("all").at("output")), 1e-4);
  }
}

TEST_F(LoraGolden, VirtualTokensThatDoNotFitAreRefused) {
  const json& models = golden_.at("models");
  const Encoder bert(read_encoder_config(write_model("bert")), EncoderPrecision::kFp32);
  const Decoder llama(write_model("llama"), DecoderPrecision::kFp32);
  json prompt = models.at("llama").at("adapters").at("prompt");
  expect_refused(bert, models.at("llama").at("adapters").at("prefix"), "encoders have no prefixes");
  expect_refused(llama, models.at("gpt2").at("adapters").at("prefix"), "which this model reads");
  prompt.at("config")["num_virtual_tokens"] = 4;
  expect_refused(llama, prompt, "are not 4 rows of 32");
  prompt.at("config")["num_virtual_tokens"] = 64;
  prompt.at("tensors")["prompt_embeddings"] = {64, 32};
  expect_refused(llama, prompt, "leave no room among 64");
  prompt.at("tensors")["base_model.classifier.weight"] = {2, 32};
  expect_refused(llama, prompt, "base_model.classifier.weight");
  prompt.at("config")["peft_type"] = "P_TUNING";
  expect_refused(llama, prompt, "P_TUNING");
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
