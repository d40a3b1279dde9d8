#include "genre/rec/trained_items.h"

#include <gtest/gtest.h>

#include "genre/neural/gradient_check_test.h"

namespace genre {
namespace {

using neural::expect_gradient;
using neural::inner;
using neural::random_matrix;

class TrainedItemsTest : public ::testing::Test {
 protected:
  RandomStream random_{7, "trained items"};
  neural::Parameters parameters_;
  Matrix text_ = [this] {
    Matrix out = random_matrix(9, 5, random_);
    std::ranges::fill(out.row(4), 0.0f);  // an item without text
    return out;
  }();
};

TEST_F(TrainedItemsTest, WithoutTextAreTheirOwnVectors) {
  TrainedItems items(9, 3, {}, 0.5, parameters_, random_);
  EXPECT_EQ(parameters_.size(), 1);
  EXPECT_EQ(items.map(), -1);
  EXPECT_EQ(items.forward(parameters_, &random_).data(), parameters_.value(0).data());
}

TEST_F(TrainedItemsTest, AddWhatTheMapMakesOfTheText) {
  TrainedItems items(9, 3, text_, 0.5, parameters_, random_);
  const ConstMatrixView vectors = items.forward(parameters_, nullptr);
  for (int i = 0; i < 9; ++i)
    for (int d = 0; d < 3; ++d) {
      double sum = parameters_.value(items.ids()).row(i)[d];
      for (int p = 0; p < 5; ++p) sum += double{text_.row(i)[p]} * parameters_.value(items.map()).row(d)[p];
      EXPECT_NEAR(vectors.row(i)[d], sum, 1e-6);
    }
}

TEST_F(TrainedItemsTest, HaveTheGradientsOfTheirSum) {
  for (const double dropout : {0.0, 0.6}) {
    neural::Parameters parameters;
    TrainedItems items(9, 3, text_, dropout, parameters, random_);
    const Matrix probe = random_matrix(9, 3, random_);
    const auto value = [&] {
      RandomStream same(3, "left out");
      return inner(items.forward(parameters, &same), probe);
    };
    value();
    neural::Gradients gradients(parameters);
    std::ranges::copy(probe.values(), gradients[items.ids()].data());
    items.backward(gradients);
    expect_gradient(parameters.value(items.ids()), gradients[items.ids()], value, "own vectors");
    expect_gradient(parameters.value(items.map()), gradients[items.map()], value, "map");
  }
}

TEST_F(TrainedItemsTest, LeaveOutOwnVectorsOfItemsWithTextAlone) {
  TrainedItems items(9, 3, text_, 1.0, parameters_, random_);
  const ConstMatrixView vectors = items.forward(parameters_, &random_);
  for (int d = 0; d < 3; ++d) {
    EXPECT_EQ(vectors.row(4)[d], parameters_.value(items.ids()).row(4)[d]);
    double sum = 0;
    for (int p = 0; p < 5; ++p) sum += double{text_.row(1)[p]} * parameters_.value(items.map()).row(d)[p];
    EXPECT_NEAR(vectors.row(1)[d], sum, 1e-6);
  }
}

}  // namespace
}  // namespace genre
