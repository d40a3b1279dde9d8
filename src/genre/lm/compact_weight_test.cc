#include "genre/lm/compact_weight.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "genre/base/error.h"
#include "genre/base/random.h"
#include "genre/lm/checkpoint.h"
#include "genre/lm/compact_linear.h"
#include "genre/lm/testing.h"

namespace genre {
namespace {

Matrix random_matrix(std::int64_t rows, std::int64_t cols, RandomStream& random) {
  Matrix out(rows, cols);
  for (std::int64_t r = 0; r < rows; ++r)
    for (auto& v : out.row(r)) v = static_cast<float>(random.normal());
  return out;
}

double squared_distance(ConstMatrixView a, ConstMatrixView b, std::span<const float> scale) {
  double sum = 0;
  for (std::int64_t r = 0; r < a.rows(); ++r)
    for (std::int64_t c = 0; c < a.cols(); ++c) {
      const double d = (double{a.row(r)[c]} - b.row(r)[c]) * (scale.empty() ? 1 : scale[c]);
      sum += d * d;
    }
  return sum;
}

}  // namespace

TEST(LowRank, OfFullRankIsTheMatrix) {
  RandomStream random(7, "full rank");
  for (const auto& [n, k] : {std::pair{12, 20}, {20, 12}}) {
    const Matrix weight = random_matrix(n, k, random);
    EXPECT_LT(squared_distance(dense(low_rank(weight, 12)), weight, {}), 1e-8);
  }
}

TEST(LowRank, FindsThePartThatIsThere) {
  RandomStream random(7, "three directions");
  for (const auto& [n, k] : {std::pair{12, 20}, {20, 12}}) {
    Matrix weight = dense(LowRankWeights{random_matrix(n, 3, random), random_matrix(3, k, random)});
    EXPECT_LT(squared_distance(dense(low_rank(weight, 3)), weight, {}), 1e-8);
    // No other matrix of rank 2 is nearer, such as those of two random directions refitted.
    const double best = squared_distance(dense(low_rank(weight, 2)), weight, {});
    EXPECT_GT(best, 1);
    for (int trial = 0; trial < 20; ++trial) {
      LowRankWeights other = low_rank(weight, 2);
      for (std::int64_t r = 0; r < n; ++r)
        for (auto& v : other.left.row(r)) v += static_cast<float>(0.05 * random.normal());
      EXPECT_GT(squared_distance(dense(other), weight, {}), best);
    }
  }
}

TEST(LowRank, CountsInputsByTheirScale) {
  RandomStream random(7, "scaled");
  std::vector<float> scale(16, 0.01F);
  for (int k = 0; k < 4; ++k) scale[k] = 1;
  scale[15] = 0;
  for (const std::int64_t n : {8, 32}) {
    const Matrix weight = random_matrix(n, 16, random);
    const double plain = squared_distance(dense(low_rank(weight, 4)), weight, scale);
    EXPECT_LT(squared_distance(dense(low_rank(weight, 4, scale)), weight, scale), 0.1 * plain);
  }
}

class CompactWeights : public testing::Test {
 protected:
  void SetUp() override {
    RandomStream random(7, "compact");
    weight_ = random_matrix(8, 16, random);
    write([](SafetensorsWriter&) {});
  }
  void write(const std::function<void(SafetensorsWriter&)>& more) {
    SafetensorsWriter writer;
    writer.add<float>("a.weight", weight_.values(), {8, 16});
    more(writer);
    writer.write(folder_.path() / "model.safetensors");
  }
  // Written and read again.
  std::unique_ptr<TensorSource> stored(const CompactWeight& weight) {
    Checkpoint checkpoint(folder_.path());
    checkpoint.compact("a.weight", weight);
    checkpoint.write(folder_.path() / "model.safetensors");
    return open_tensors(folder_.path());
  }
  std::vector<CompactWeight> forms() const {
    return {low_rank(weight_, 3), nn::keep_two_of_four(weight_), nn::keep_blocks(weight_, 0.5)};
  }
  void expect_refused(const TensorSource& source, const std::string& fault, std::int64_t rows = 8) {
    try {
      read_compact(source, "a.weight", rows, 16);
      ADD_FAILURE() << "accepted: " << fault;
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::kData);
      EXPECT_NE((e.message() + e.hint()).find(fault), std::string::npos) << e.what();
    }
  }
  TestFolder folder_{"compact-weight"};
  Matrix weight_;
};

TEST_F(CompactWeights, AreReadAsTheyWereWritten) {
  EXPECT_FALSE(read_compact(*open_tensors(folder_.path()), "a.weight", 8, 16));
  for (const CompactWeight& form : forms()) {
    const auto source = stored(form);
    const auto found = read_compact(*source, "a.weight", 8, 16);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->index(), form.index());
    const Matrix now = dense(*found), wanted = dense(form);
    EXPECT_TRUE(std::ranges::equal(now.values(), wanted.values()));
    EXPECT_THROW(Checkpoint(folder_.path()), Error);  // is not made compact again
    expect_refused(*source, "", /*rows=*/12);
    SetUp();
  }
}

TEST_F(CompactWeights, ProductsAreThoseOfTheWholeMatrix) {
  RandomStream random(7, "compact products");
  const auto all = forms();
  const CompactLinear linear(all);
  const Matrix x = random_matrix(9, 16, random), bias = random_matrix(1, 24, random);
  Matrix y = random_matrix(9, 24, random);
  const Matrix residual = y;
  linear.multiply(x, y.view(), {bias.data(), Activation::kNone, y.data()});
  for (std::size_t part = 0; part < all.size(); ++part) {
    const Matrix wanted = multiply_transposed(x, dense(all[part]));
    for (std::int64_t t = 0; t < 9; ++t)
      for (std::int64_t n = 0; n < 8; ++n) {
        const std::int64_t at = static_cast<std::int64_t>(part) * 8 + n;
        EXPECT_NEAR(y.row(t)[at], wanted.row(t)[n] + bias.row(0)[at] + residual.row(t)[at], 1e-5);
      }
  }
  EXPECT_LT(CompactLinear({nn::keep_two_of_four(weight_)}).bytes(), 8 * 16 * 4);
}

TEST_F(CompactWeights, DamagedPlacesAreRefused) {
  const auto two_four = nn::keep_two_of_four(weight_);
  const auto blocks = nn::keep_blocks(weight_, 0.5);
  std::vector<std::uint8_t> places(two_four.places.size(), 0xFF);
  write([&](SafetensorsWriter& writer) {
    writer.add<float>("a.weight_values", two_four.values, {8, 8});
    writer.add<std::uint8_t>("a.weight_places", places, {8, 2});
  });
  expect_refused(*open_tensors(folder_.path()), "places");
  write([&](SafetensorsWriter& writer) { writer.add<float>("a.weight_values", two_four.values, {8, 8}); });
  expect_refused(*open_tensors(folder_.path()), "weight_places");
  auto columns = blocks.columns;
  columns[0] = 1 << 30;
  auto values = blocks.values;
  const auto with_blocks = [&] {
    write([&](SafetensorsWriter& writer) {
      writer.add<float>("a.weight_blocks", values, {std::ssize(columns), 4, 4});
      writer.add<std::int32_t>("a.weight_block_columns", columns, {std::ssize(columns)});
      writer.add<std::int32_t>("a.weight_block_starts", blocks.starts, {std::ssize(blocks.starts)});
    });
  };
  with_blocks();
  expect_refused(*open_tensors(folder_.path()), "places");
  columns = blocks.columns;
  values[5] = std::numeric_limits<float>::infinity();
  with_blocks();
  expect_refused(*open_tensors(folder_.path()), "not finite");
}

}  // namespace genre
