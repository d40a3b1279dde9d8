#include "genre/rec/trained_items.h"

#include <gtest/gtest.h>

#include <cmath>

#include "genre/linalg/gemm.h"
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
  // Item 4 has a feature, so that something is known of each item; item 7 has two.
  CsrMatrix features_ = csr_from_triplets(9, 4, {{0, 1, 1}, {4, 2, 1}, {7, 0, 1}, {7, 3, 1}});
};

TEST_F(TrainedItemsTest, WithoutTextAreTheirOwnVectors) {
  TrainedItems items(9, 3, {}, {.id_dropout = 0.5}, parameters_, random_);
  EXPECT_EQ(parameters_.size(), 1);
  EXPECT_EQ(items.map(), -1);
  EXPECT_EQ(items.forward(parameters_, &random_).data(), parameters_.value(0).data());
}

TEST_F(TrainedItemsTest, AddWhatTheMapMakesOfTheText) {
  TrainedItems items(9, 3, {text_}, {.id_dropout = 0.5}, parameters_, random_);
  const ConstMatrixView vectors = items.forward(parameters_, nullptr);
  for (int i = 0; i < 9; ++i)
    for (int d = 0; d < 3; ++d) {
      double sum = parameters_.value(items.ids()).row(i)[d];
      for (int p = 0; p < 5; ++p) sum += double{text_.row(i)[p]} * parameters_.value(items.map()).row(d)[p];
      EXPECT_NEAR(vectors.row(i)[d], sum, 1e-6);
    }
}

TEST_F(TrainedItemsTest, AddTheVectorsOfTheirFeatures) {
  TrainedItems items(9, 3, {.features = &features_}, {}, parameters_, random_);
  const ConstMatrixView vectors = items.forward(parameters_, nullptr);
  for (int i = 0; i < 9; ++i)
    for (int d = 0; d < 3; ++d) {
      double sum = parameters_.value(items.ids()).row(i)[d];
      for (const std::int32_t f : features_.row_indices(i)) sum += parameters_.value(items.features()).row(f)[d];
      EXPECT_NEAR(vectors.row(i)[d], sum, 1e-6);
    }
}

TEST_F(TrainedItemsTest, MixAffineMapsOfTheTextByShares) {
  constexpr int kExperts = 2, kWidth = 3;
  TrainedItems items(9, kWidth, {text_}, {.experts = kExperts}, parameters_, random_);
  neural::fill_normal(parameters_.value(items.map()), 1, random_);
  neural::fill_normal(parameters_.value(items.bias()), 1, random_);
  const ConstMatrixView vectors = items.forward(parameters_, nullptr);
  const Matrix &map = parameters_.value(items.map()), &bias = parameters_.value(items.bias());
  const auto number = [&](int i, int n) {
    return bias.row(0)[n] + dot(text_.row(i).data(), map.row(n).data(), text_.cols());
  };
  for (int i = 0; i < 9; ++i) {
    const double a = std::exp(number(i, 6)), b = std::exp(number(i, 7));
    for (int d = 0; d < kWidth; ++d) {
      double wanted = parameters_.value(items.ids()).row(i)[d];
      if (i != 4) wanted += (a * number(i, d) + b * number(i, kWidth + d)) / (a + b);  // item 4 has no text
      EXPECT_NEAR(vectors.row(i)[d], wanted, 1e-5) << i;
    }
  }
}

TEST_F(TrainedItemsTest, HaveTheGradientsOfTheirSum) {
  for (const double dropout : {0.0, 0.6, 1.0})
    for (const bool unit : {false, true})
      for (const int experts : {1, 3}) {
        neural::Parameters parameters;
        TrainedItems items(9, 3, {text_, &features_}, {.id_dropout = dropout, .unit = unit, .experts = experts},
                           parameters, random_);
        // Lengths far from 0, where a direction is a matter of noise.
        for (int i = 0; i < parameters.size(); ++i) neural::fill_normal(parameters.value(i), 1, random_);
        const Matrix probe = random_matrix(9, 3, random_);
        const auto value = [&] {
          RandomStream same(3, "left out");
          return inner(items.forward(parameters, &same), probe);
        };
        value();
        neural::Gradients gradients(parameters);
        std::ranges::copy(probe.values(), gradients[items.ids()].data());
        items.backward(gradients);
        for (int i = 0; i < parameters.size(); ++i)
          expect_gradient(parameters.value(i), gradients[i], value, parameters[i].name, 1e-3, 1e-2);
      }
}

TEST_F(TrainedItemsTest, UnitVectorsHaveLengthOne) {
  TrainedItems items(9, 3, {}, {.unit = true}, parameters_, random_);
  const ConstMatrixView vectors = items.forward(parameters_, nullptr);
  for (int i = 0; i < 9; ++i) EXPECT_NEAR(dot(vectors.row(i).data(), vectors.row(i).data(), 3), 1, 1e-5);
}

TEST_F(TrainedItemsTest, LeaveOutOwnVectorsOfItemsWithTextAlone) {
  for (const bool training : {true, false}) {
    neural::Parameters parameters;
    TrainedItems items(9, 3, {text_}, {.id_dropout = 1}, parameters, random_);
    const ConstMatrixView vectors = items.forward(parameters, training ? &random_ : nullptr);
    for (int d = 0; d < 3; ++d) {
      EXPECT_EQ(vectors.row(4)[d], parameters.value(items.ids()).row(4)[d]);
      double sum = 0;
      for (int p = 0; p < 5; ++p) sum += double{text_.row(1)[p]} * parameters.value(items.map()).row(d)[p];
      EXPECT_NEAR(vectors.row(1)[d], sum, 1e-6);
    }
  }
}

TEST_F(TrainedItemsTest, OthersAreWhatIsKnownOfThem) {
  for (const int experts : {1, 3}) {
    neural::Parameters parameters;
    TrainedItems items(9, 3, {text_, &features_}, {.id_dropout = 1, .experts = experts}, parameters, random_);
    const ConstMatrixView vectors = items.forward(parameters, nullptr);
    const Matrix described = items.described(parameters, 9, {text_, &features_});
    for (int i = 0; i < 9; ++i)
      for (int d = 0; d < 3; ++d) EXPECT_EQ(described.row(i)[d], vectors.row(i)[d]) << i;
  }
}

}  // namespace
}  // namespace genre
