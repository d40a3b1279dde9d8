// Bottleneck adapters beside their base against AdapterHub's library (tests/golden/make_bottleneck_golden.py).
#include "genre/lm/adapter_golden_test.h"

namespace genre {
namespace {

using nlohmann::json;

class BottleneckGolden : public AdapterGolden {
 protected:
  BottleneckGolden() : AdapterGolden("bottleneck.json") {}
};

}  // namespace

TEST_F(BottleneckGolden, GivesTheStatesAndLogitsOfTheReference) {
  int adapters = 0;
  for (const auto& [name, model] : golden_.at("models").items()) {
    const std::filesystem::path folder = write_model(name);
    for (const auto& [form, adapter] : model.at("adapters").items()) {
      SCOPED_TRACE(name + " " + form);
      const std::filesystem::path path = write_adapter(form, adapter);
      const auto expect_output = [&](const Matrix& given) {
        EXPECT_LT(worst_difference(given, adapter.at("output")), 1e-4);
        EXPECT_GT(worst_difference(given, model.at("output")), 0.1);
      };
      if (model.at("kind") == "decoder")
        expect_output(logits(Decoder(folder, DecoderPrecision::kFp32).with_adapter(path), model));
      else
        expect_output(states(Encoder(read_encoder_config(folder), EncoderPrecision::kFp32).with_adapter(path), model));
      ++adapters;
    }
  }
  EXPECT_EQ(adapters, 12);
}

TEST_F(BottleneckGolden, AModelIsServedWithTheAdapterInItsFolder) {
  for (const char* name : {"bert", "gpt2"}) {
    const json& model = golden_.at("models").at(name);
    const json& adapter = model.at("adapters").at("houlsby");
    const std::filesystem::path folder = write_model(name);
    std::filesystem::rename(write_adapter("houlsby", adapter), folder / "own_adapter");
    const Matrix given = model.at("kind") == "decoder"
                             ? logits(Decoder(folder, DecoderPrecision::kFp32), model)
                             : states(Encoder(read_encoder_config(folder), EncoderPrecision::kFp32), model);
    EXPECT_LT(worst_difference(given, adapter.at("output")), 1e-4);
  }
}

TEST_F(BottleneckGolden, WhatIsNotSupportedOrDoesNotFitIsRefused) {
  const json& models = golden_.at("models");
  const Encoder bert(read_encoder_config(write_model("bert")), EncoderPrecision::kFp32);
  const Decoder gpt2(write_model("gpt2"), DecoderPrecision::kFp32);
  const json& good = models.at("bert").at("adapters").at("pfeiffer");
  expect_refused(bert, models.at("distilbert").at("adapters").at("pfeiffer"), "the model does not have",
                 "a small model");
  expect_refused(gpt2, models.at("llama").at("adapters").at("houlsby"), "the model does not have", "a small model");
  for (const auto& [key, value] : std::map<std::string, json>{{"is_parallel", true},
                                                              {"use_gating", true},
                                                              {"ln_before", true},
                                                              {"original_ln_after", false},
                                                              {"inv_adapter", "nice"},
                                                              {"scaling", "learned"},
                                                              {"non_linearity", "sine"}}) {
    json other = good;
    other.at("config").at("config")[key] = value;
    expect_refused(bert, other, key);
  }
  json wide = good;
  wide.at("tensors").at("encoder.layer.0.output.adapters.genre.adapter_down.0.weight") = {2, 64};
  expect_refused(bert, wide, "is not of a model of width 32", "a small model");
  json half = good;
  half.at("tensors").erase("encoder.layer.0.output.adapters.genre.adapter_up.bias");
  expect_refused(bert, half, "adapter_up.bias");
  json named = good;
  named.at("config")["name"] = "other";
  expect_refused(bert, named, "named 'other'");
}

}  // namespace genre
