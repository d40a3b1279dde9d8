#include "genre/lm/divergence.h"

#include <gtest/gtest.h>

#include <cmath>

#include "genre/base/error.h"
#include "genre/lm/quantise.h"
#include "genre/lm/tiny_decoder_test.h"

namespace genre {
namespace fs = std::filesystem;

class Divergences : public TinyDecoderFiles {
 protected:
  const std::vector<std::string> texts_ = {"at", "ta at", ""};
  void SetUp() override {
    TinyDecoder::named("llama").write(folder_ / "llama");
    write_file_atomic(folder_ / "llama/tokenizer.json",
                      R"({"version":"1.0","added_tokens":[],"normalizer":null,"post_processor":null,
        "pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true},
        "decoder":{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true,"use_regex":true},
        "model":{"type":"BPE","dropout":null,"unk_token":null,"continuing_subword_prefix":null,"end_of_word_suffix":null,
        "fuse_unk":false,"byte_fallback":false,"vocab":{"a":0,"t":1,"at":2,"Ġ":3},"merges":["a t"]}})");
  }
};

TEST_F(Divergences, OfAModelFromItselfIsZero) {
  const Decoder decoder(folder_ / "llama", DecoderPrecision::kFp32);
  const Divergence found = divergence(decoder, decoder, texts_);
  EXPECT_EQ(found.positions, 1 + 4);
  EXPECT_NEAR(found.mean_kl, 0, 1e-9);
  EXPECT_EQ(found.same_best, 1);
  EXPECT_TRUE(std::isnan(divergence(decoder, decoder, {}).mean_kl));
}

TEST_F(Divergences, AgreeWithTheFormula) {
  quantise_model(folder_ / "llama", BlockFormat::kQ4_0, folder_ / "small.gguf");
  const Decoder whole(folder_ / "llama", DecoderPrecision::kFp32),
      small(folder_ / "small.gguf", DecoderPrecision::kFp32);
  double wanted = 0, loss = 0;
  const auto ids = whole.tokenizer().encode(texts_[1], 0);
  std::vector<Matrix> logits;
  for (const Decoder* decoder : {&whole, &small}) {
    KvCache cache(decoder->config());
    const DecoderSlice slice{&cache, ids, static_cast<int>(ids.size())};
    logits.push_back(decoder->forward({&slice, 1}));
  }
  for (std::int64_t t = 0; t < logits[0].rows(); ++t) {
    double p_sum = 0, q_sum = 0;
    for (const float v : logits[0].row(t)) p_sum += std::exp(double{v});
    for (const float v : logits[1].row(t)) q_sum += std::exp(double{v});
    if (t + 1 < std::ssize(ids)) loss += std::log(q_sum) - logits[1].row(t)[ids[t + 1]];
    for (std::int64_t v = 0; v < logits[0].cols(); ++v) {
      const double p = std::exp(double{logits[0].row(t)[v]}) / p_sum, q = std::exp(double{logits[1].row(t)[v]}) / q_sum;
      wanted += p * std::log(p / q) / static_cast<double>(logits[0].rows());
    }
  }
  const Divergence found = divergence(whole, small, {&texts_[1], 1});
  EXPECT_GT(wanted, 0);
  EXPECT_NEAR(found.mean_kl, wanted, 1e-9 + 1e-6 * wanted);
  EXPECT_GE(found.worst_kl, found.mean_kl);
  EXPECT_NEAR(std::log(found.perplexity), loss / static_cast<double>(ids.size() - 1), 1e-6);
  EXPECT_NE(found.perplexity, found.reference_perplexity);
}

}  // namespace genre
