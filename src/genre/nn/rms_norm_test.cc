#include "genre/nn/rms_norm.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "genre/base/random.h"

namespace genre::nn {

TEST(RmsNorm, AgreesWithDoubles) {
  RandomStream random(7, "rms norm");
  for (const std::int64_t width : {1, 3, 16, 17, 64, 576, 1000}) {
    Matrix x(5, width);
    for (std::int64_t r = 0; r < 5; ++r)
      for (auto& v : x.row(r)) v = static_cast<float>(random.normal() * std::pow(10.0, static_cast<double>(r) - 2));
    std::vector<float> gain(width);
    for (auto& g : gain) g = static_cast<float>(random.normal());
    Matrix out(5, width);
    rms_norm(x, gain, 1e-5f, out.view());
    for (std::int64_t r = 0; r < 5; ++r) {
      double squares = 0;
      for (const float v : x.row(r)) squares += double{v} * v;
      for (std::int64_t d = 0; d < width; ++d) {
        const double wanted = x.row(r)[d] / std::sqrt(squares / static_cast<double>(width) + 1e-5f) * gain[d];
        EXPECT_NEAR(out.row(r)[d], wanted, 2e-6 * std::max(1.0, std::abs(wanted))) << width << " " << r << " " << d;
      }
    }
    rms_norm(x, gain, 1e-5f, x.view());
    for (std::int64_t r = 0; r < 5; ++r)
      for (std::int64_t d = 0; d < width; ++d) EXPECT_EQ(x.row(r)[d], out.row(r)[d]) << "in place";
  }
}

TEST(RmsNorm, ZerosStayZero) {
  Matrix x(2, 32), out(2, 32);
  rms_norm(x, std::vector<float>(32, 1.0f), 1e-6f, out.view());
  for (const float v : out.values()) EXPECT_EQ(v, 0.0f);
}

}  // namespace genre::nn
