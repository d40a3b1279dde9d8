// What is measured of an encoder's parts against plain sums over its tokens.
#include "genre/lm/encoder_importance.h"

#include <gtest/gtest.h>

#include <cmath>

#include "genre/lm/testing.h"
#include "genre/lm/vector_agreement.h"

namespace genre {
namespace {

class EncoderImportance : public testing::Test {
 protected:
  EncoderImportance() : model_(golden_.json().at("architectures").at("bert")) {
    golden_.write(model_, folder_.path());
    encoder_ = std::make_unique<Encoder>(read_encoder_config(folder_.path()), EncoderPrecision::kFp32);
    tokenizer_ = load_tokenizer(folder_.path());
    source_ = open_tensors(folder_.path());
  }
  Matrix weight(int l, const std::string& part, std::int64_t rows, std::int64_t cols) const {
    return source_->matrix("bert.encoder.layer." + std::to_string(l) + "." + part + ".weight", rows, cols);
  }
  OutputWeights weights(int l, bool bias) const {
    return {weight(l, "attention.output.dense", 32, 32), weight(l, "output.dense", 32, 48), bias, bias};
  }

  GoldenModels golden_;
  TestFolder folder_{"encoder-importance"};
  const nlohmann::json& model_;
  std::unique_ptr<Encoder> encoder_;
  std::unique_ptr<Tokenizer> tokenizer_;
  std::unique_ptr<TensorSource> source_;
  const std::vector<std::string> texts_ = golden_.json().at("texts");
};

// The root of the mean squared length of W (x - m) over the rows of x, by columns [first, first + count).
double plain(ConstMatrixView x, ConstMatrixView weight, std::int64_t first, std::int64_t count, bool about_mean) {
  std::vector<double> mean(x.cols());
  if (about_mean)
    for (std::int64_t t = 0; t < x.rows(); ++t)
      for (std::int64_t i = 0; i < x.cols(); ++i) mean[i] += x.row(t)[i] / static_cast<double>(x.rows());
  double sum = 0;
  for (std::int64_t t = 0; t < x.rows(); ++t)
    for (std::int64_t d = 0; d < weight.rows(); ++d) {
      double y = 0;
      for (std::int64_t i = first; i < first + count; ++i) y += weight.row(d)[i] * (x.row(t)[i] - mean[i]);
      sum += y * y;
    }
  return std::sqrt(sum / static_cast<double>(x.rows()));
}

}  // namespace

TEST_F(EncoderImportance, ContributionsAreThoseOfPlainSums) {
  const EncoderSamples samples(*tokenizer_, texts_, 40);
  EXPECT_EQ(samples.texts(), std::ssize(texts_));
  std::vector<std::vector<float>> attended(2), units(2);
  const auto append = [](std::vector<float>& to, ConstMatrixView x) {
    to.insert(to.end(), x.data(), x.data() + x.rows() * x.cols());
  };
  samples.vectors(*encoder_, nn::Pooling::kMean,
                  {.left_out = {}, .show = [&](int l, LayerInput input, ConstMatrixView x) {
                     if (input == LayerInput::kAttended) append(attended[l], x);
                     if (input == LayerInput::kUnits) append(units[l], x);
                   }});
  for (const bool bias : {true, false}) {
    const auto found = measure_contributions(*encoder_, samples, {}, [&](int l) { return weights(l, bias); });
    for (int l = 0; l < 2; ++l) {
      const ConstMatrixView a(attended[l].data(), std::ssize(attended[l]) / 32, 32),
          u(units[l].data(), std::ssize(units[l]) / 48, 48);
      ASSERT_EQ(a.rows(), u.rows());
      for (int h = 0; h < 2; ++h)
        EXPECT_NEAR(found[l].heads[h], plain(a, weights(l, bias).attention, 16 * h, 16, bias), 1e-6);
      for (int i = 0; i < 48; ++i)
        EXPECT_NEAR(found[l].units[i], plain(u, weights(l, bias).feed_forward, i, 1, bias), 1e-6);
    }
  }
}

TEST_F(EncoderImportance, ALayerThatDoesNothingGoesFirst) {
  const EncoderSamples samples(*tokenizer_, texts_, 40);
  const auto left_out = least_needed_layers(*encoder_, nn::Pooling::kMean, samples, 1);
  ASSERT_EQ(left_out.size(), 1);
  const Matrix whole = samples.vectors(*encoder_, nn::Pooling::kMean);
  double changes[2];
  for (int l = 0; l < 2; ++l) {
    std::vector<bool> without(2);
    without[l] = true;
    changes[l] = 1 - agreement(whole, samples.vectors(*encoder_, nn::Pooling::kMean, {.left_out = without})).mean;
  }
  EXPECT_NE(changes[0], changes[1]);
  EXPECT_EQ(left_out[0].layer, changes[1] < changes[0] ? 1 : 0);
  EXPECT_EQ(left_out[0].change, std::min(changes[0], changes[1]));
}

}  // namespace genre
