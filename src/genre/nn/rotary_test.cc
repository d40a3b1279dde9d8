#include "genre/nn/rotary.h"

#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <vector>

#include "genre/base/random.h"

namespace genre::nn {

TEST(Rotary, TurnsPairsAsComplexNumbers) {
  RandomStream random(7, "rotary");
  for (const std::int64_t size : {2, 16, 18, 64, 128}) {
    const std::int64_t half = size / 2, heads = 3;
    std::vector<float> frequencies;
    for (std::int64_t i = 0; i < half; ++i)
      frequencies.push_back(
          static_cast<float>(std::pow(10000.0, -2.0 * static_cast<double>(i) / static_cast<double>(size))));
    const std::vector<std::int32_t> positions = {0, 1, 77, 8191};
    Matrix angles(4, size);
    rotary_angles(positions, frequencies, angles.view());
    for (std::int64_t t = 0; t < 4; ++t) {
      std::vector<float> x(heads * size);
      for (auto& v : x) v = static_cast<float>(random.normal());
      std::vector<float> turned = x;
      rotate(turned.data(), heads, angles.row(t));
      for (std::int64_t h = 0; h < heads; ++h)
        for (std::int64_t i = 0; i < half; ++i) {
          const std::complex<double> before(x[h * size + i], x[h * size + half + i]);
          const auto after = before * std::polar(1.0, double{static_cast<float>(positions[t]) * frequencies[i]});
          EXPECT_NEAR(turned[h * size + i], after.real(), 1e-6) << size << " " << t << " " << i;
          EXPECT_NEAR(turned[h * size + half + i], after.imag(), 1e-6) << size << " " << t << " " << i;
        }
      if (positions[t] == 0) {
        EXPECT_EQ(turned, x);
      }
    }
  }
}

}  // namespace genre::nn
