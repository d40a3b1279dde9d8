#include "genre/lm/vector_agreement.h"

#include <gtest/gtest.h>

#include <cmath>

namespace genre {

TEST(VectorAgreement, IsTheMeanAndTheWorstCosine) {
  Matrix a(3, 2), b(3, 2);
  a.row(0)[0] = 2, b.row(0)[0] = 5;                   // one direction: 1
  a.row(1)[0] = 1, b.row(1)[0] = 1, b.row(1)[1] = 1;  // 45 degrees
  a.row(2)[0] = 1, b.row(2)[0] = -1;                  // against: -1
  const VectorAgreement found = agreement(a, b);
  EXPECT_EQ(found.texts, 3);
  EXPECT_NEAR(found.mean, std::sqrt(0.5) / 3, 1e-12);
  EXPECT_NEAR(found.worst, -1, 1e-12);
}

TEST(VectorAgreement, OfNoTextsIsUndefined) {
  const VectorAgreement none = agreement(Matrix(0, 4), Matrix(0, 4));
  EXPECT_EQ(none.texts, 0);
  EXPECT_TRUE(std::isnan(none.mean) && std::isnan(none.worst));
}

}  // namespace genre
