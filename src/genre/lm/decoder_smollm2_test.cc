#include "genre/lm/smollm2_test.h"

namespace genre {

TEST_F(SmolLm2, FewPromptsAgreeWithTheReference) {
  const auto all = prompts(5);
  const Decoder reference = load(DecoderPrecision::kFp32);
  EXPECT_EQ(reference.config().end_tokens, std::vector<std::int32_t>{2});
  EXPECT_EQ(reference.config().begin_token, -1);
  for (const Prompt& prompt : all) EXPECT_EQ(reference.tokenizer().encode(prompt.text, 0), prompt.ids);
  EXPECT_EQ(expect_golden(reference, all, 4), 0);
  EXPECT_LT(divergence(reference, load(DecoderPrecision::kNative), all), 5e-3);
}

}  // namespace genre
