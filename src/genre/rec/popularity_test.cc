#include "genre/rec/popularity.h"

#include <gtest/gtest.h>

#include "genre/rec/small_world_test.h"

namespace genre {
namespace {

const CsrMatrix& interactions() {
  static const CsrMatrix kMatrix = csr_from_triplets(3, 3, {{0, 0, 1}, {1, 0, 1}, {2, 0, 1}, {0, 1, 5}, {1, 1, 2.5f}});
  return kMatrix;
}

TEST(Popularity, CountsInteractions) {
  Popularity model({});
  model.fit({interactions(), {}, 7});
  EXPECT_EQ(scores_of(model, {}), (std::vector<float>{3, 2, 0}));
}

TEST(Popularity, AddsUpValuesWhenAsked) {
  PopularityOptions options;
  options.weighted = true;
  Popularity model(options);
  model.fit({interactions(), {}, 7});
  EXPECT_EQ(scores_of(model, {}), (std::vector<float>{3, 7.5f, 0}));
}

}  // namespace
}  // namespace genre
