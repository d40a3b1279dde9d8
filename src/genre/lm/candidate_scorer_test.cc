#include "genre/lm/candidate_scorer.h"

#include <gtest/gtest.h>

#include <cmath>

#include "genre/base/error.h"
#include "genre/base/random.h"
#include "genre/lm/small_decoder_test.h"

namespace genre {
namespace {

using Ids = std::vector<std::int32_t>;

class Scoring : public SmallDecoder {
 protected:
  static Ids random_ids(RandomStream& random, std::size_t count) {
    Ids ids(count);
    for (auto& id : ids) id = static_cast<std::int32_t>(random.below(ByteTokenizer::kSize));
    return ids;
  }
  // One pass over the whole sequence for every token, and the softmax written out.
  double plainly(const Ids& prompt, const Ids& candidate) const {
    double sum = 0;
    Ids sequence = prompt;
    for (const std::int32_t id : candidate) {
      KvCache cache(decoder_->config());
      const DecoderSlice whole{&cache, sequence, 1};
      const Matrix logits = decoder_->forward({&whole, 1});
      double all = 0;
      for (const float x : logits.row(0)) all += std::exp(static_cast<double>(x));
      sum += static_cast<double>(logits.row(0)[static_cast<std::size_t>(id)]) - std::log(all);
      sequence.push_back(id);
    }
    return sum;
  }
};

TEST_F(Scoring, EqualsTheSumOfLogSoftmaxTokenByToken) {
  RandomStream random(1, "test");
  for (int trial = 0; trial < 10; ++trial) {
    const Ids prompt = random_ids(random, 1 + random.below(40));
    std::vector<Ids> candidates;
    for (std::uint64_t n = random.below(12); n > 0; --n) candidates.push_back(random_ids(random, 1 + random.below(12)));
    const auto scores = score_candidates(*decoder_, prompt, candidates);
    ASSERT_EQ(scores.size(), candidates.size());
    for (std::size_t c = 0; c < candidates.size(); ++c) {
      EXPECT_NEAR(scores[c], plainly(prompt, candidates[c]), 1e-5);
      EXPECT_EQ(scores[c], score_candidates(*decoder_, prompt, {&candidates[c], 1})[0]);
    }
  }
}

TEST_F(Scoring, BehindSeveralPromptsEqualsBehindEachToTheLastBit) {
  RandomStream random(3, "test");
  for (const std::size_t common : {0, 1, 37, 90}) {
    const Ids beginning = random_ids(random, common);
    std::vector<Ids> prompts, candidates;
    for (const std::size_t more : {1, 20, 3, 140}) {
      prompts.push_back(beginning);
      const Ids rest = random_ids(random, more);
      prompts.back().insert(prompts.back().end(), rest.begin(), rest.end());
    }
    if (common > 0) prompts.push_back(beginning);
    for (const std::size_t count : {1, 4, 150}) candidates.push_back(random_ids(random, count));
    const auto scores = score_candidates(*decoder_, prompts, candidates);
    ASSERT_EQ(scores.size(), prompts.size());
    for (std::size_t p = 0; p < prompts.size(); ++p)
      EXPECT_EQ(scores[p], score_candidates(*decoder_, std::span<const std::int32_t>(prompts[p]), candidates));
  }
  EXPECT_TRUE(score_candidates(*decoder_, std::vector<Ids>{}, std::vector<Ids>{{1}}).empty());
}

TEST_F(Scoring, LongCandidatesAreReadInPieces) {
  RandomStream random(2, "test");
  const Ids prompt = random_ids(random, 5);
  const std::vector<Ids> candidates = {random_ids(random, 300), random_ids(random, 3), random_ids(random, 130)};
  const auto scores = score_candidates(*decoder_, prompt, candidates);
  for (std::size_t c = 0; c < candidates.size(); ++c) {
    Ids sequence = prompt;
    sequence.insert(sequence.end(), candidates[c].begin(), candidates[c].end());
    KvCache cache(decoder_->config());
    const DecoderSlice whole{&cache, sequence, static_cast<int>(sequence.size())};
    const Matrix logits = decoder_->forward({&whole, 1});
    double sum = 0;
    for (std::size_t i = 0; i < candidates[c].size(); ++i)
      sum += log_softmax(logits.row(static_cast<std::int64_t>(prompt.size() + i - 1)), candidates[c][i]);
    EXPECT_DOUBLE_EQ(scores[c], sum);
  }
}

TEST_F(Scoring, FaultsAreRefused) {
  const std::vector<Ids> fine = {{1, 2}}, empty = {{1}, {}}, outside = {{ByteTokenizer::kSize}},
                         huge = {Ids(kPositions, 1)};
  EXPECT_NO_THROW(score_candidates(*decoder_, Ids{1}, fine));
  EXPECT_THROW(score_candidates(*decoder_, Ids{}, fine), Error);
  EXPECT_THROW(score_candidates(*decoder_, Ids{-1}, fine), Error);
  EXPECT_THROW(score_candidates(*decoder_, Ids{1}, empty), Error);
  EXPECT_THROW(score_candidates(*decoder_, Ids{1}, outside), Error);
  EXPECT_THROW(score_candidates(*decoder_, Ids{1, 2}, huge), Error);
  EXPECT_THROW(score_candidates(*decoder_, std::vector<Ids>{{1}, {}}, fine), Error);
}

}  // namespace
}  // namespace genre
