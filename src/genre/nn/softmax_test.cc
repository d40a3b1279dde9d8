#include "genre/nn/softmax.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "genre/base/random.h"

namespace genre::nn {
namespace {

TEST(Softmax, EqualsThePlainExponentials) {
  RandomStream random(7, "softmax");
  for (const std::int64_t length : {1, 5, 16, 17, 100, 1000}) {
    std::vector<float> row(static_cast<std::size_t>(softmax_stride(length)), 1e9f);
    for (std::int64_t i = 0; i < length; ++i) row[i] = static_cast<float>(random.normal() * 5);
    const std::vector<float> scores(row.begin(), row.begin() + length);
    const float inverse = exponentiate(row.data(), length);
    const double largest = *std::max_element(scores.begin(), scores.end());
    double sum = 0;
    for (const float score : scores) sum += std::exp(score - largest);
    EXPECT_NEAR(inverse * sum, 1, 1e-5) << length;
    for (std::int64_t i = 0; i < length; ++i)
      EXPECT_NEAR(row[i], std::exp(scores[i] - largest), 1e-6) << length << " " << i;
  }
}

}  // namespace
}  // namespace genre::nn
