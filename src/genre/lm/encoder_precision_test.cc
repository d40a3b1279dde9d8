// The real model in each precision beside vectors of sentence-transformers. Some of the texts are a symbol or two, the
// hardest case of 8 bits.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "genre/base/file.h"
#include "genre/base/random.h"
#include "genre/base/safetensors.h"
#include "genre/lm/catalogue.h"
#include "genre/lm/text_encoder.h"

namespace genre {
namespace {

double cosine(std::span<const float> a, std::span<const float> b) {
  double dot = 0, aa = 0, bb = 0;
  for (std::size_t d = 0; d < a.size(); ++d)
    dot += double{a[d]} * b[d], aa += double{a[d]} * a[d], bb += double{b[d]} * b[d];
  return dot / std::sqrt(aa * bb);
}

struct Expected {
  const char* precision;
  double mean, worst;  // cosines to the reference are at least these
};

void PrintTo(const Expected& expected, std::ostream* out) { *out << expected.precision; }

}  // namespace

class EncoderPrecisionOnMiniLm : public testing::TestWithParam<Expected> {
 protected:
  const TextEncoder encoder_{resolve_model("all-MiniLM-L6-v2"), {.precision = GetParam().precision}};
  const std::vector<std::string> texts_ =
      nlohmann::json::parse(read_file(GENRE_SOURCE_DIR "/tests/golden/encoder_texts.json"))
          .at("texts")
          .get<std::vector<std::string>>();
  const SafetensorsFile file_{GENRE_SOURCE_DIR "/tests/golden/encoder_vectors.safetensors"};
  const ConstMatrixView golden_{file_.values<float>("vectors", {200, 384}).data(), 200, 384};
};

TEST_P(EncoderPrecisionOnMiniLm, VectorsAreNearTheReferenceAndTheSameBitsInAnyCompany) {
  std::vector<std::int32_t> order(texts_.size());
  std::iota(order.begin(), order.end(), 0);
  RandomStream(7, "order").shuffle(std::span(order));
  std::vector<std::string> shuffled;
  for (const auto i : order) shuffled.push_back(texts_[i]);
  const Matrix batch = encoder_.encode(shuffled);
  double sum = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const auto row = batch.row(static_cast<std::int64_t>(i));
    const double similar = cosine(row, golden_.row(order[i]));
    EXPECT_GE(similar, GetParam().worst) << shuffled[i];
    sum += similar;
    if (shuffled[i].size() > 120 && i % 16 != 0) continue;  // long texts take their time one by one
    const auto one = encoder_.encode_one(shuffled[i]);
    for (std::size_t d = 0; d < one.size(); ++d) ASSERT_EQ(row[d], one[d]) << shuffled[i];
  }
  EXPECT_GE(sum / static_cast<double>(order.size()), GetParam().mean);
}

INSTANTIATE_TEST_SUITE_P(All, EncoderPrecisionOnMiniLm,
                         testing::Values(Expected{"fp32", 0.99999, 0.99999}, Expected{"bf16", 0.9999, 0.9995},
                                         Expected{"int8", 0.9975, 0.985}),
                         [](const auto& instance) { return instance.param.precision; });

TEST(EncoderPrecision, TheIdNamesIt) {
  const auto folder = resolve_model("all-MiniLM-L6-v2");
  const auto id = [&](const char* precision) { return identify_encoder(folder, {.precision = precision}).id; };
  EXPECT_NE(id("fp32"), id("bf16"));
  EXPECT_NE(id("fp32"), id("int8"));
  EXPECT_NE(id("bf16"), id("int8"));
}

}  // namespace genre
