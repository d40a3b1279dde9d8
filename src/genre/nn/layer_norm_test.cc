#include "genre/nn/layer_norm.h"

#include <gtest/gtest.h>

#include <cmath>

#include "genre/base/random.h"

namespace genre::nn {

TEST(LayerNorm, AgreesWithDoubles) {
  RandomStream random(7, "layer_norm");
  for (const std::int64_t width : {1, 7, 16, 33, 384}) {
    Matrix x(5, width);
    std::vector<float> gain(width), shift(width);
    for (auto& v : gain) v = static_cast<float>(random.normal());
    for (auto& v : shift) v = static_cast<float>(random.normal());
    for (int r = 0; r < 5; ++r)
      for (auto& v : x.row(r)) v = static_cast<float>(random.normal() * 3 + 100 * r);
    const Matrix before = x;
    layer_norm(x.view(), gain, shift, 1e-12f);
    for (int r = 0; r < 5; ++r) {
      double mean = 0, variance = 0;
      for (const float v : before.row(r)) mean += v / static_cast<double>(width);
      for (const float v : before.row(r)) variance += (v - mean) * (v - mean) / static_cast<double>(width);
      for (std::int64_t d = 0; d < width && width > 1; ++d)
        EXPECT_NEAR(x.row(r)[d], (before.row(r)[d] - mean) / std::sqrt(variance + 1e-12) * gain[d] + shift[d], 1e-4)
            << width << " " << r;
    }
  }
}

TEST(LayerNorm, AConstantRowBecomesTheShift) {
  Matrix x(1, 24);
  for (auto& v : x.row(0)) v = 0.5f;
  const std::vector<float> gain(24, 2.0f), shift(24, -3.0f);
  layer_norm(x.view(), gain, shift, 1e-12f);
  for (const float v : x.row(0)) EXPECT_EQ(v, -3.0f);
}

}  // namespace genre::nn
