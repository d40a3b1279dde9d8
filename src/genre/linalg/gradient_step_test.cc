#include "genre/linalg/gradient_step.h"

#include <gtest/gtest.h>

#include <vector>

#include "genre/base/random.h"
#include "genre/linalg/kernels.h"

namespace genre {
namespace {

std::vector<float> random_vector(std::int64_t n, std::uint64_t seed) {
  RandomStream random(seed, "gradient step");
  std::vector<float> out(n);
  for (float& x : out) x = static_cast<float>(random.normal());
  return out;
}

TEST(GradientStep, KernelsEqualThePlainFormulas) {
  for (const auto* set : {linalg::portable_kernels(), &linalg::kernels()}) {
    for (const std::int64_t n : {1, 8, 15, 16, 64, 67}) {
      const auto u = random_vector(n, 1), i = random_vector(n, 2), j = random_vector(n, 3);
      double difference = 0;
      for (std::int64_t d = 0; d < n; ++d) difference += u[d] * (i[d] - j[d]);
      EXPECT_NEAR(set->pair_difference(u.data(), i.data(), j.data(), n), difference, 1e-4);
      auto a = u, b = i, c = j;
      set->pair_step(a.data(), b.data(), c.data(), n, 0.25f, 0.1f);
      for (std::int64_t d = 0; d < n; ++d) {
        EXPECT_NEAR(a[d], u[d] + 0.25 * (i[d] - j[d]) - 0.1 * u[d], 1e-6);
        EXPECT_NEAR(b[d], i[d] + 0.25 * u[d] - 0.1 * i[d], 1e-6);
        EXPECT_NEAR(c[d], j[d] - 0.25 * u[d] - 0.1 * j[d], 1e-6);
      }
      a = u;
      b = i;
      set->point_step(a.data(), b.data(), n, -0.5f, 0.01f);
      for (std::int64_t d = 0; d < n; ++d) {
        EXPECT_NEAR(a[d], u[d] - 0.5 * i[d] - 0.01 * u[d], 1e-6);
        EXPECT_NEAR(b[d], i[d] - 0.5 * u[d] - 0.01 * i[d], 1e-6);
      }
    }
  }
}

}  // namespace
}  // namespace genre
