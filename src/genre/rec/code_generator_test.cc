#include "genre/rec/code_generator.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "genre/base/error_of_test.h"

namespace genre {
namespace {

constexpr std::int64_t kCodedItems = 50;
constexpr int kCodedLevels = 3;
constexpr neural::TransformerShape kCodedShape = {
    .width = 8, .inner = 12, .layers = 2, .heads = 2, .positions = 5 * kCodedLevels - 1};

// Items of two codes below 5 and one that tells equals apart; item 9 has no id.
SemanticIds coded_ids() {
  RandomStream random(7, "ids");
  std::vector<std::int32_t> codes;
  for (std::int64_t item = 0; item < kCodedItems; ++item)
    for (int level = 0; level < 2; ++level)
      codes.push_back(item == 9 ? SemanticIds::kNone : static_cast<std::int32_t>(random.below(5)));
  return SemanticIds::of_codes(codes, 2, 5, std::vector<std::uint8_t>(kCodedItems));
}

TrainedTiger coded_weights(std::int64_t codes) {
  RandomStream random(7, "weights");
  TrainedTiger out = new_tiger(kCodedShape, codes, random);
  for (int i = 0; i < out.parameters.size(); ++i) neural::fill_normal(out.parameters.value(i), 0.6, random);
  return out;
}

class CodeGeneratorTest : public ::testing::Test {
 protected:
  // What the reader says of the first codes of the id behind the history, read as one sequence, by the formula.
  double plain_log_probability(std::span<const std::int32_t> history, std::int32_t item, int levels = kCodedLevels) {
    std::vector<std::int64_t> tokens;
    for (const std::int32_t read : history)
      for (int level = 0; level < kCodedLevels; ++level) tokens.push_back(ids_.token(level, ids_.of(read)[level]));
    const std::int64_t before = std::ssize(tokens);
    for (int level = 0; level < kCodedLevels; ++level) tokens.push_back(ids_.token(level, ids_.of(item)[level]));
    tokens.pop_back();
    const Matrix& codes = weights_.parameters.value(0);
    Matrix x(std::ssize(tokens), 8);
    for (std::int64_t t = 0; t < x.rows(); ++t) std::ranges::copy(codes.row(tokens[t]), x.row(t).data());
    const auto pass = weights_.reader->new_pass();
    weights_.reader->pack(weights_.parameters);
    weights_.reader->forward(weights_.parameters, x.view(), std::vector<std::int64_t>{0, x.rows()}, nullptr, *pass);
    double sum = 0;
    for (int level = 0; level < levels; ++level) {
      const auto logit = [&](std::int32_t code) {
        double product = 0;
        for (std::int64_t d = 0; d < 8; ++d)
          product += double{x.row(before - 1 + level)[d]} * codes.row(ids_.token(level, code))[d];
        return product;
      };
      double all = 0;
      for (std::int32_t code = 0; code < ids_.codes(level); ++code) all += std::exp(logit(code));
      sum += logit(ids_.of(item)[level]) - std::log(all);
    }
    return sum;
  }
  const SemanticIds ids_ = coded_ids();
  TrainedTiger weights_ = coded_weights(ids_.all_codes());
  const CodeGenerator generator_{coded_ids(), coded_weights(ids_.all_codes()), 4};
  const std::vector<std::int32_t> history_ = {3, 17, 44};
};

TEST_F(CodeGeneratorTest, AWideBeamIsTheExactScoreOfEveryItem) {
  const auto found = generator_.generate(history_, kCodedItems, {});
  ASSERT_EQ(std::ssize(found), kCodedItems - 1);
  std::set<std::int32_t> items;
  for (std::size_t r = 0; r < found.size(); ++r) {
    EXPECT_NEAR(found[r].score, plain_log_probability(history_, found[r].index), 1e-4) << found[r].index;
    EXPECT_TRUE(items.insert(found[r].index).second);
    EXPECT_TRUE(r == 0 || ranks_before(found[r - 1], found[r]));
  }
  EXPECT_FALSE(items.contains(9));
}

TEST_F(CodeGeneratorTest, ANarrowBeamFindsItemsWithTheirExactScores) {
  for (const std::int64_t width : {1, 3, 10}) {
    const auto found = generator_.generate(history_, width, {});
    EXPECT_GE(std::ssize(found), width);
    EXPECT_LT(std::ssize(found), kCodedItems - 1);
    for (const auto& [item, score] : found) EXPECT_NEAR(score, plain_log_probability(history_, item), 1e-4);
  }
}

// The plain search: ids by the sums of the log probabilities of their first codes, which those of whole ids tell.
TEST_F(CodeGeneratorTest, ABeamGoesOnWithTheMostProbableBeginnings) {
  const auto exact = generator_.generate(history_, kCodedItems, {});
  for (const std::size_t width : {1, 2, 4}) {
    std::vector<std::vector<std::int32_t>> beam = {{}};
    for (int depth = 1; depth < kCodedLevels; ++depth) {
      std::map<std::vector<std::int32_t>, double> next;
      for (const auto& [item, score] : exact) {
        const std::vector<std::int32_t> beginning(ids_.of(item).begin(), ids_.of(item).begin() + depth),
            before(beginning.begin(), beginning.end() - 1);
        if (std::ranges::find(beam, before) != beam.end())
          next.emplace(beginning, plain_log_probability(history_, item, depth));
      }
      std::vector<std::pair<double, std::vector<std::int32_t>>> order;
      for (const auto& [beginning, sum] : next) order.emplace_back(-sum, beginning);
      std::ranges::sort(order);
      order.resize(std::min(order.size(), width));
      beam.clear();
      for (auto& [sum, beginning] : order) beam.push_back(std::move(beginning));
    }
    std::set<std::int32_t> wanted, found;
    for (std::int32_t item = 0; item < kCodedItems; ++item)
      if (item != 9 && std::ranges::find(beam, std::vector<std::int32_t>(ids_.of(item).begin(),
                                                                         ids_.of(item).end() - 1)) != beam.end())
        wanted.insert(item);
    for (const auto& [item, score] : generator_.generate(history_, static_cast<std::int64_t>(width), {}))
      found.insert(item);
    EXPECT_EQ(found, wanted) << width;
  }
}

TEST_F(CodeGeneratorTest, OnlyItemsThatMayBeRankedTakeRoomInABeam) {
  std::vector<std::uint8_t> eligible(kCodedItems);
  for (const std::int32_t item : {2, 9, 11, 30, 41, 48}) eligible[item] = 1;
  const std::vector<std::int32_t> exclude = {30, 5};
  for (const std::int64_t width : {4, 50}) {
    std::set<std::int32_t> items;
    for (const auto& [item, score] : generator_.generate(history_, width, {.exclude = exclude, .eligible = eligible})) {
      EXPECT_NEAR(score, plain_log_probability(history_, item), 1e-4);
      items.insert(item);
    }
    EXPECT_EQ(items, (std::set<std::int32_t>{2, 11, 41, 48}));
  }
  const std::vector<std::uint8_t> none(kCodedItems);
  EXPECT_TRUE(generator_.generate(history_, 10, {.eligible = none}).empty());
}

TEST_F(CodeGeneratorTest, ReadsTheNewestItemsThatHaveAnId) {
  const std::vector<std::int32_t> longer = {20, 21, 6, 3, 9, 17, 44}, newest = {6, 3, 17, 44}, silent = {9};
  EXPECT_EQ(generator_.generate(longer, 20, {}), generator_.generate(newest, 20, {}));
  EXPECT_NE(generator_.generate(newest, 20, {}), generator_.generate(history_, 20, {}));
  EXPECT_TRUE(generator_.generate(silent, 20, {}).empty());
  EXPECT_TRUE(generator_.generate({}, 20, {}).empty());
}

TEST_F(CodeGeneratorTest, IsReadAsItWasWrittenAndRefusesAnotherShape) {
  const auto path = std::filesystem::path(::testing::TempDir()) / "code_generator.safetensors";
  SafetensorsWriter out;
  generator_.save(out, "model.");
  out.write(path);
  const SafetensorsFile file(path);
  const auto loaded = CodeGenerator::load(file, "model.", kCodedLevels, kCodedShape, 4);
  EXPECT_EQ(loaded.generate(history_, 10, {}), generator_.generate(history_, 10, {}));
  const auto expect_names = [&](const std::string& tensor, int levels, const neural::TransformerShape& shape) {
    const Error error = error_of([&] { CodeGenerator::load(file, "model.", levels, shape, 4); });
    EXPECT_EQ(error.code(), ErrorCode::kData);
    EXPECT_NE(std::string(error.what()).find("'" + tensor + "'"), std::string::npos) << error.what();
  };
  expect_names("model.codes", kCodedLevels + 1, kCodedShape);
  neural::TransformerShape wider = kCodedShape, longer = kCodedShape;
  wider.width = 10;
  expect_names("model.codes.weight", kCodedLevels, wider);
  longer.positions = 20;
  expect_names("model.positions.weight", kCodedLevels, longer);
}

}  // namespace
}  // namespace genre
