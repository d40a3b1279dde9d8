#include "genre/neural/unit_rows.h"

#include "genre/linalg/gemm.h"
#include "genre/neural/gradient_check_test.h"

namespace genre::neural {
namespace {

TEST(UnitRows, HaveOneLengthAndTheGradientOfIt) {
  RandomStream random(7, "unit rows");
  Matrix x = random_matrix(5, 6, random);
  const Matrix probe = random_matrix(5, 6, random);
  UnitRows unit;
  Matrix result;
  const auto value = [&] {
    result = x;
    unit.apply(result.view(), 3);
    return inner(result, probe);
  };
  value();
  for (int t = 0; t < 5; ++t) EXPECT_NEAR(std::sqrt(dot(result.row(t).data(), result.row(t).data(), 6)), 3, 1e-5);
  Matrix gradient = probe;
  unit.backward(result, gradient.view());
  expect_gradient(x, gradient, value, "rows");
}

TEST(UnitRows, LeaveRowsOfZerosAlone) {
  Matrix x(2, 3), gradient(2, 3);
  x.row(1)[0] = 2;
  gradient.row(0)[1] = gradient.row(1)[1] = 1;
  UnitRows unit;
  unit.apply(x.view(), 1);
  EXPECT_EQ(inner(x, x), 1);
  unit.backward(x, gradient.view());
  EXPECT_EQ(gradient.row(0)[1], 0);
  EXPECT_EQ(gradient.row(1)[1], 0.5f);
}

}  // namespace
}  // namespace genre::neural
