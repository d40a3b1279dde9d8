#include "genre/lm/smollm2_test.h"

namespace genre {

TEST_F(SmolLm2, AgreesWithTheReferenceFor64TokensAndOnFiftyPromptsInIntegers) {
  const auto all = prompts(50);
  ASSERT_EQ(all.size(), 50u);
  for (const Prompt& prompt : all) ASSERT_EQ(prompt.greedy.size(), 64u) << prompt.text;
  const Decoder reference = load(DecoderPrecision::kFp32);
  RecordProperty("flipped_near_ties", expect_golden(reference, all, 64));
  const double found = divergence(reference, load(DecoderPrecision::kNative), all);
  RecordProperty("mean_divergence", std::to_string(found));
  EXPECT_LT(found, 5e-3);
  EXPECT_GT(found, 0);
}

}  // namespace genre
