// Bounds on memory against what a pass has allocated while it runs.
#include "genre/lm/activation_memory.h"

#include <gtest/gtest.h>
#include <malloc.h>

#include <algorithm>

#include "genre/lm/encoder.h"
#include "genre/lm/testing.h"
#include "genre/lm/tiny_decoder_test.h"

namespace genre {
namespace {

std::int64_t allocated() {
  const auto info = mallinfo2();
  return static_cast<std::int64_t>(info.uordblks + info.hblkhd);
}

}  // namespace

TEST(ActivationMemory, OfAnEncoderIsWithinTheBoundAndNearIt) {
  const GoldenModels golden;
  for (const char* const name : {"bert", "electra", "modernbert"}) {
    const TestFolder folder(std::string("activation-memory-") + name);
    golden.write(golden.json().at("architectures").at(name), folder.path());
    const EncoderConfig config = read_encoder_config(folder.path());
    const Encoder encoder(config, EncoderPrecision::kFp32);
    PackedTokens tokens;
    constexpr int kLength = 32;
    for (int t = 0; t < 1024; ++t) {
      tokens.ids.push_back(5 + t % 40);
      if ((t + 1) % kLength == 0) tokens.offsets.push_back(t + 1);
    }
    const std::int64_t before = allocated();
    std::int64_t most = 0;
    encoder.states(tokens, {.left_out = {}, .show = [&](int, LayerInput, ConstMatrixView) {
                              most = std::max(most, allocated() - before);
                            }});
    const std::int64_t bound = encoder_activation_bytes(config, kLength, /*threads=*/1);
    if (most == 0) GTEST_SKIP() << "this allocator does not count";
    EXPECT_LE(most, bound) << name;
    EXPECT_GT(most, bound / 2) << name;
    EXPECT_EQ(encoder_activation_bytes(config, kLength, 3), 3 * bound);
  }
}

TEST(ActivationMemory, OfADecoderGrowsWithSequencesByTheirLogits) {
  const TinyDecoder tiny = TinyDecoder::named("llama");
  const TestFolder folder("activation-memory-llama");
  tiny.write(folder.path());
  const DecoderConfig config = read_decoder_config(folder.path());
  const std::int64_t one = decoder_activation_bytes(config, 1, 2);
  EXPECT_EQ(decoder_activation_bytes(config, 4, 2) - one, 3 * 4 * (config.vocabulary + config.width));
  // States and what follows from them, of 512 tokens.
  EXPECT_GT(one, 512 * 4 * (3 * config.width + 2 * config.intermediate));
}

}  // namespace genre
