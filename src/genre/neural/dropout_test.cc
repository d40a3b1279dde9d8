#include "genre/neural/dropout.h"

#include "genre/neural/gradient_check_test.h"

namespace genre::neural {
namespace {

TEST(Dropout, LeavesOutItsShareAndKeepsTheMean) {
  RandomStream random(7, "dropout");
  Matrix x(300, 301);
  for (std::int64_t i = 0; i < 300 * 301; ++i) x.data()[i] = 1;
  Dropout dropout;
  dropout.apply(x.view(), 0.3, random);
  std::int64_t zeros = 0;
  for (const float v : x.values()) {
    EXPECT_TRUE(v == 0 || std::abs(v - 1 / 0.7f) < 1e-6) << v;
    zeros += v == 0;
  }
  EXPECT_NEAR(static_cast<double>(zeros) / (300 * 301), 0.3, 0.01);
  Matrix gradient(300, 301);
  for (std::int64_t i = 0; i < 300 * 301; ++i) gradient.data()[i] = 1;
  dropout.backward(gradient.view());
  for (std::int64_t i = 0; i < 300 * 301; ++i) ASSERT_EQ(gradient.data()[i], x.data()[i]);
}

TEST(Dropout, OfRateZeroChangesNothingAndDrawsNothing) {
  RandomStream random(7, "dropout"), untouched(7, "dropout");
  Matrix x(2, 3);
  x.row(1)[2] = 4;
  Dropout dropout;
  dropout.apply(x.view(), 0.5, random);
  Matrix y(2, 3);
  y.row(1)[2] = 4;
  RandomStream fresh(7, "dropout");
  dropout.apply(y.view(), 0, fresh);
  EXPECT_EQ(y.row(1)[2], 4);
  EXPECT_EQ(fresh.next(), untouched.next());
  dropout.backward(y.view());
  EXPECT_EQ(y.row(1)[2], 4);
}

}  // namespace
}  // namespace genre::neural
