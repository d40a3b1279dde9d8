#include "genre/rec/field_items.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <vector>

#include "genre/neural/gradient_check_test.h"
#include "genre/optim/sgd.h"
#include "genre/rec/small_world_test.h"

namespace genre {
namespace {

constexpr int kFieldWidth = 3;
constexpr double kFieldRate = 0.5;

// The three tables in double, and the vector of an item as the header has it.
struct PlainFields {
  using Rows = std::vector<std::vector<double>>;

  explicit PlainFields(const FieldItems& items)
      : tables{rows(items.own_inputs()), rows(items.feature_inputs()), rows(items.vector_inputs())} {}

  static Rows rows(const Matrix& matrix) {
    Rows out;
    for (std::int64_t r = 0; r < matrix.rows(); ++r) out.emplace_back(matrix.row(r).begin(), matrix.row(r).end());
    return out;
  }

  // own: row of the first table, or -1.
  std::vector<double> vector(const SmallWorld& world, std::int32_t item, std::int32_t own) const {
    struct Input {
      int field;
      double x;
      const std::vector<double>* row;
    };
    std::vector<Input> inputs;
    if (own >= 0) inputs.push_back({0, 1, &tables[0][own]});
    const auto features = world.item_features.row_indices(item);
    for (std::size_t f = 0; f < features.size(); ++f)
      inputs.push_back({1, world.item_features.row_values(item)[f], &tables[1][features[f]]});
    for (std::int64_t k = 0; k < world.item_vectors.cols(); ++k)
      inputs.push_back({2, world.item_vectors.row(item)[k], &tables[2][k]});
    std::vector<double> out(4 * kFieldWidth + 1, 0.0);
    for (std::size_t a = 0; a < inputs.size(); ++a) {
      const auto& [field, x, row] = inputs[a];
      for (int d = 0; d < kFieldWidth; ++d) {
        out[d] += x * (*row)[d];
        out[kFieldWidth + 1 + field * kFieldWidth + d] += x * (*row)[d];
        for (std::size_t b = a + 1; b < inputs.size(); ++b)
          out[kFieldWidth] += x * (*row)[d] * inputs[b].x * (*inputs[b].row)[d];
      }
      out[kFieldWidth] += x * (*row)[kFieldWidth];
    }
    return out;
  }

  std::array<Rows, 3> tables;
};

struct FieldWorld {
  explicit FieldWorld(double left_out = 0)
      : items({&world.item_features, world.item_vectors}, 12, known, kFieldWidth, left_out), optimizer([] {
          SgdOptions options;
          options.momentum = 0;
          return options.build();
        }()) {
    items.start(random, *optimizer);
    for (int step = 0; step < 3; ++step)
      learn({0, 4, 7, 4, 2, 6}, neural::random_matrix(6, 4 * kFieldWidth + 1, random));
  }

  void learn(const std::vector<std::int32_t>& numbers, const Matrix& gradients) {
    items.begin_step(numbers, random);
    optimizer->begin_step();
    items.update(gradients, *optimizer, {.learning_rate = kFieldRate});
  }

  SmallWorld world = small_world(10, 12, 3);
  std::vector<std::int32_t> known = {0, 1, 3, 4, 5, 7, 8, 11};
  RandomStream random{5, "fields"};
  FieldItems items;
  std::unique_ptr<Optimizer> optimizer;
};

void expect_row(std::span<const float> found, const std::vector<double>& plain) {
  ASSERT_EQ(found.size(), plain.size());
  for (std::size_t d = 0; d < plain.size(); ++d) EXPECT_NEAR(found[d], plain[d], 1e-5 * (1 + std::abs(plain[d]))) << d;
}

TEST(FieldItems, VectorsAreTheSumsOverInputsAndTheirPairs) {
  FieldWorld fields;
  const PlainFields plain(fields.items);
  const std::vector<std::int32_t> numbers = {6, 0, 6, 3};
  fields.items.begin_step(numbers, fields.random);
  Matrix found(4, 4 * kFieldWidth + 1);
  fields.items.look_up(numbers, found.view());
  for (std::int64_t t = 0; t < 4; ++t)
    expect_row(std::as_const(found).row(t), plain.vector(fields.world, fields.known[numbers[t]], numbers[t]));
  const Matrix all = fields.items.vectors();
  ASSERT_EQ(all.rows(), 12);
  for (std::int32_t item = 0, own = 0; item < 12; ++item) {
    const bool known = std::ranges::binary_search(fields.known, item);
    expect_row(all.row(item), plain.vector(fields.world, item, known ? own++ : -1));
  }
}

TEST(FieldItems, StepsFollowTheFiniteDifferences) {
  FieldWorld fields;
  const std::vector<std::int32_t> numbers = {6, 0, 6, 3};
  const Matrix probe = neural::random_matrix(4, 4 * kFieldWidth + 1, fields.random);
  const PlainFields before(fields.items);
  fields.learn(numbers, probe);
  const PlainFields after(fields.items);
  const auto value = [&](const PlainFields& at) {
    double sum = 0;
    for (std::int64_t t = 0; t < 4; ++t) {
      const std::vector<double> vector = at.vector(fields.world, fields.known[numbers[t]], numbers[t]);
      for (std::size_t d = 0; d < vector.size(); ++d) sum += probe.row(t)[d] * vector[d];
    }
    return sum;
  };
  int moved = 0;
  for (std::size_t table = 0; table < 3; ++table)
    for (std::size_t r = 0; r < before.tables[table].size(); ++r)
      for (int d = 0; d <= kFieldWidth; ++d) {
        PlainFields up = before, down = before;
        up.tables[table][r][d] += 1e-4;
        down.tables[table][r][d] -= 1e-4;
        const double slope = (value(up) - value(down)) / 2e-4;
        const double step = (before.tables[table][r][d] - after.tables[table][r][d]) / kFieldRate;
        EXPECT_NEAR(step, slope, 1e-4 * (1 + std::abs(slope))) << table << ", " << r << ", " << d;
        moved += slope != 0 ? 1 : 0;
      }
  EXPECT_GT(moved, 30);
}

TEST(FieldItems, WhatIsLeftOutOfAStepIsNotMovedByIt) {
  FieldWorld fields(/*left_out=*/1);
  const PlainFields before(fields.items);
  const std::vector<std::int32_t> numbers = {6, 0};
  fields.items.begin_step(numbers, fields.random);
  Matrix found(2, 4 * kFieldWidth + 1);
  fields.items.look_up(numbers, found.view());
  for (std::int64_t t = 0; t < 2; ++t)
    expect_row(std::as_const(found).row(t), before.vector(fields.world, fields.known[numbers[t]], -1));
  fields.learn(numbers, neural::random_matrix(2, 4 * kFieldWidth + 1, fields.random));
  const PlainFields after(fields.items);
  EXPECT_EQ(before.tables[0], after.tables[0]);
  EXPECT_NE(before.tables[1], after.tables[1]);
  EXPECT_NE(before.tables[2], after.tables[2]);
}

TEST(FieldItems, NothingIsLeftOutWhereAnItemIsNothingElse) {
  const SmallWorld world = small_world(10, 12, 3);
  FieldItems items({}, 12, {0, 1, 2}, kFieldWidth, /*left_out=*/1);
  RandomStream random(5, "fields");
  const std::unique_ptr<Optimizer> optimizer = SgdOptions().build();
  items.start(random, *optimizer);
  const std::vector<std::int32_t> numbers = {2};
  items.begin_step(numbers, random);
  Matrix found(1, 2 * kFieldWidth + 1);
  items.look_up(numbers, found.view());
  for (int d = 0; d < kFieldWidth; ++d) EXPECT_EQ(found.row(0)[d], items.own_inputs().row(2)[d]);
}

// One item has no feature and no text, and is what it is learnt to be at every step.
TEST(FieldItems, NothingIsLeftOutOfAnItemOfWhichNothingElseIsKnown) {
  const CsrMatrix features = csr_from_triplets(3, 2, {{0, 0, 1}, {2, 1, 1}});
  Matrix text(3, 4);
  text.row(2)[1] = 1;
  FieldItems items({&features, text}, 3, {0, 1, 2}, kFieldWidth, /*left_out=*/1);
  RandomStream random(5, "fields");
  const std::unique_ptr<Optimizer> optimizer = SgdOptions().build();
  items.start(random, *optimizer);
  const std::vector<std::int32_t> numbers = {0, 1, 2};
  items.begin_step(numbers, random);
  Matrix found(3, 4 * kFieldWidth + 1);
  items.look_up(numbers, found.view());
  const Matrix all = items.vectors();
  for (std::int32_t item = 0; item < 3; ++item)
    for (int d = 0; d < kFieldWidth; ++d) {
      const float wanted = item == 1 ? items.own_inputs().row(item)[d] : 0;
      EXPECT_EQ(found.row(item)[kFieldWidth + 1 + d], wanted) << item;
      EXPECT_EQ(all.row(item)[kFieldWidth + 1 + d], wanted) << item;
    }
}

}  // namespace
}  // namespace genre
