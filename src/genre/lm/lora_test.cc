// Adapters against plain arithmetic on the weights (tests/golden/make_decoder_golden.py).
#include "genre/lm/lora.h"

#include <gtest/gtest.h>

#include <cmath>

#include "genre/base/error.h"
#include "genre/lm/decoder.h"
#include "genre/lm/tiny_decoder_test.h"

namespace genre {
namespace {

class Lora : public TinyDecoderFiles {
 protected:
  void expect_refused(const TinyDecoder& adapter, const std::string& fault) {
    std::filesystem::remove_all(folder_ / "adapter");
    adapter.write_adapter(folder_ / "adapter");
    try {
      Decoder(folder_ / "llama", DecoderPrecision::kFp32, folder_ / "adapter");
      ADD_FAILURE() << "accepted: " << fault;
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::kData);
      EXPECT_NE(std::string(e.what()).find(fault), std::string::npos) << e.what() << "\nwanted: " << fault;
    }
  }
};

double worst(const Decoder& decoder, const TinyDecoder& wanted) {
  KvCache cache(decoder.config());
  const DecoderSlice slice{&cache, wanted.ids, static_cast<int>(wanted.ids.size())};
  const Matrix found = decoder.forward({&slice, 1});
  double out = 0;
  for (std::size_t i = 0; i < wanted.positions.size(); ++i)
    for (std::size_t v = 0; v < wanted.logits[i].size(); ++v)
      out = std::max(out, std::abs(double{found.row(wanted.positions[i])[v]} - wanted.logits[i][v]));
  return out;
}

}  // namespace

TEST_F(Lora, MergedLogitsAreThoseOfTheChangedWeights) {
  for (const TinyDecoder& adapter : TinyDecoder::adapters()) {
    const TinyDecoder model = TinyDecoder::named(adapter.name);
    model.write(folder_ / model.name);
    model.write_gguf(folder_ / (model.name + ".gguf"));
    adapter.write_adapter(folder_ / "adapter");
    for (const auto& path : {folder_ / model.name, folder_ / (model.name + ".gguf")}) {
      EXPECT_LT(worst(Decoder(path, DecoderPrecision::kFp32, folder_ / "adapter"), adapter), 1e-4) << path;
      EXPECT_GT(worst(Decoder(path, DecoderPrecision::kFp32), adapter), 0.1) << path;
      EXPECT_LT(worst(Decoder(path, DecoderPrecision::kNative, folder_ / "adapter"), adapter), 0.5) << path;
    }
  }
}

TEST_F(Lora, WhatIsNotSupportedOrDoesNotFitIsRefused) {
  TinyDecoder::named("llama").write(folder_ / "llama");
  const TinyDecoder good = TinyDecoder::adapters().front();
  const auto with = [&](const char* key, const nlohmann::json& value) {
    TinyDecoder out = good;
    out.config[key] = value;
    return out;
  };
  expect_refused(with("peft_type", "LOHA"), "LOHA");
  expect_refused(with("use_dora", true), "use_dora");
  expect_refused(with("bias", "all"), "biases");
  expect_refused(with("modules_to_save", {"lm_head"}), "modules_to_save");
  expect_refused(with("alpha_pattern", {{"q_proj", 4}}), "alpha_pattern");
  expect_refused(with("lora_alpha", "8"), "not a valid adapter configuration");

  const std::string first = good.tensors.begin()->first;
  TinyDecoder stranger = good;
  stranger.tensors["base_model.model.model.layers.2.mlp.up_proj.lora_A.weight"] = good.tensors.at(first);
  expect_refused(stranger, "model.layers.2.mlp.up_proj");
  stranger = good;
  stranger.tensors["base_model.model.model.embed_tokens.lora_embedding_A"] = good.tensors.at(first);
  expect_refused(stranger, "lora_embedding_A");
  TinyDecoder half = good;
  half.tensors.erase(first);
  expect_refused(half, "lora_A");
  TinyDecoder narrow = good;
  narrow.tensors[first].shape[1] /= 2;
  narrow.tensors[first].values.resize(narrow.tensors[first].values.size() / 2);
  expect_refused(narrow, first);
}

}  // namespace genre
