#include "genre/lm/decoder_text_encoder.h"

#include <gtest/gtest.h>

#include <cmath>

#include "genre/base/error.h"
#include "genre/lm/small_decoder_test.h"

namespace genre {
namespace {

using Ids = std::vector<std::int32_t>;

class EncodingByDecoder : public SmallDecoder {};

TEST_F(EncodingByDecoder, PoolsTheStatesOfEachText) {
  std::vector<Ids> texts;
  for (int t = 0; t < 60; ++t) {
    texts.emplace_back();
    for (int i = 0; i < t * 5; ++i) texts.back().push_back((i * 31 + t * 7) % 256);
  }
  for (const auto pooling : {DecoderPooling::kLast, DecoderPooling::kMean}) {
    std::int64_t done = 0;
    const Matrix vectors = encode_with_decoder(*decoder_, texts, pooling, [&](std::int64_t n) { done += n; });
    EXPECT_EQ(done, 60);
    ASSERT_EQ(vectors.rows(), 60);
    for (const float x : vectors.row(0)) EXPECT_EQ(x, 0);
    for (std::size_t t = 1; t < texts.size(); ++t) {
      KvCache cache(decoder_->config());
      const DecoderSlice whole{&cache, texts[t], static_cast<int>(texts[t].size())};
      const Matrix states = decoder_->states({&whole, 1});
      std::vector<double> plain(static_cast<std::size_t>(states.cols()));
      for (std::int64_t r = pooling == DecoderPooling::kLast ? states.rows() - 1 : 0; r < states.rows(); ++r)
        for (std::size_t d = 0; d < plain.size(); ++d) plain[d] += static_cast<double>(states.row(r)[d]);
      double length = 0;
      for (const double x : plain) length += x * x;
      const auto row = vectors.row(static_cast<std::int64_t>(t));
      for (std::size_t d = 0; d < plain.size(); ++d) ASSERT_NEAR(row[d], plain[d] / std::sqrt(length), 1e-5) << t;
      const Matrix alone = encode_with_decoder(*decoder_, {&texts[t], 1}, pooling);
      ASSERT_TRUE(std::ranges::equal(alone.row(0), row));
    }
  }
}

TEST_F(EncodingByDecoder, ATextLongerThanTheModelIsRefused) {
  const std::vector<Ids> texts = {Ids(kPositions + 1, 'a')};
  EXPECT_THROW(encode_with_decoder(*decoder_, texts, DecoderPooling::kLast), Error);
}

}  // namespace
}  // namespace genre
