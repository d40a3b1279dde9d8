// Decoders with fewer layers against the whole one with the others left out.
#include <gtest/gtest.h>

#include <cmath>

#include "genre/base/error.h"
#include "genre/lm/divergence.h"
#include "genre/lm/pruning.h"
#include "genre/lm/small_decoder_test.h"

namespace genre {
namespace fs = std::filesystem;

class PrunedDecoders : public TinyDecoderFiles {
 protected:
  static Matrix logits(const Decoder& decoder, const std::vector<std::int32_t>& ids) {
    KvCache cache(decoder.config());
    const DecoderSlice slice{&cache, ids, static_cast<int>(ids.size())};
    return decoder.forward({&slice, 1});
  }
};

TEST_F(PrunedDecoders, KeptLayersComputeWhatTheOthersLeftOutGives) {
  for (const TinyDecoder& tiny : TinyDecoder::all()) {
    SCOPED_TRACE(tiny.name);
    const fs::path from = folder_ / tiny.name, to = folder_ / (tiny.name + "-pruned");
    tiny.write(from, /*shards=*/2);
    const Pruning done = prune_decoder(from, {.keep_layers = {1}}, {}, to);
    EXPECT_EQ(done.after.layers, 1);
    EXPECT_LT(done.after.bytes, done.before.bytes);
    const Decoder whole(from, DecoderPrecision::kFp32), pruned(to, DecoderPrecision::kFp32);
    EXPECT_EQ(pruned.config().layers, 1);
    const Matrix wanted = logits(whole.without_layers({true, false}), tiny.ids), found = logits(pruned, tiny.ids);
    EXPECT_TRUE(std::ranges::equal(found.values(), wanted.values()));
    EXPECT_FALSE(std::ranges::equal(found.values(), logits(whole, tiny.ids).values()));
  }
}

TEST_F(PrunedDecoders, HeadsUnitsAndTokensOfDecodersStay) {
  TinyDecoder::named("llama").write(folder_ / "llama");
  const auto expect_refused = [&](const PruningOptions& options, const std::string& fault) {
    try {
      prune_decoder(folder_ / "llama", options, {}, folder_ / "to");
      ADD_FAILURE() << fault;
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::kConfig);
      EXPECT_NE(std::string(e.what()).find(fault), std::string::npos) << e.what();
    }
  };
  expect_refused({.heads = 1}, "heads");
  expect_refused({.feed_forward = 16}, "units");
  expect_refused({.vocabulary = {"a"}}, "vocabularies");
  expect_refused({.layers = 3}, "3 layers cannot stay");
  expect_refused({.keep_layers = {2}}, "layer 2");
}

TEST_F(PrunedDecoders, AGgufFileIsToBeConvertedFirst) {
  TinyDecoder::named("llama").write_gguf(folder_ / "llama.gguf");
  try {
    prune_decoder(folder_ / "llama.gguf", {.layers = 1}, {}, folder_ / "to");
    ADD_FAILURE();
  } catch (const Error& e) {
    EXPECT_NE(e.hint().find("genre lm convert"), std::string::npos);
  }
}

class PrunedSmallDecoder : public SmallDecoder {};

TEST_F(PrunedSmallDecoder, TheLayerIsChosenWithoutWhichPredictionsChangeLeast) {
  const std::vector<std::string> texts = {"a quiet drama about two sisters", "green tea"};
  const Decoder whole(folder_, DecoderPrecision::kFp32);
  double changes[2];
  for (int l = 0; l < 2; ++l) {
    std::vector<bool> without(2);
    without[l] = true;
    const Divergence change = divergence(whole, whole.without_layers(without), texts);
    changes[l] = change.mean_kl;
    EXPECT_NE(change.perplexity, change.reference_perplexity);
  }
  const fs::path to = folder_.string() + "-to";
  const Pruning done = prune_decoder(folder_, {.layers = 1}, texts, to);
  fs::remove_all(to);
  ASSERT_EQ(done.left_out.size(), 1);
  EXPECT_EQ(done.left_out[0].layer, changes[0] <= changes[1] ? 0 : 1);
  EXPECT_NEAR(done.left_out[0].change, std::min(changes[0], changes[1]), 1e-9);
}

}  // namespace genre
