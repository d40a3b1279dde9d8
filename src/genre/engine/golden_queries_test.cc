#include "genre/engine/golden_queries.h"

#include <gtest/gtest.h>

#include <numeric>

#include "genre/base/error.h"

namespace genre {
namespace {

constexpr std::int64_t kItems = 150, kUsers = 200;

// Score of item j: 1 + j / 10, lifted by what the test says.
class Rising : public Recommender {
 public:
  float factor = 1;
  std::int32_t odd_user = -1;  // who is answered upside down
  bool slow = false;

  std::string_view name() const override { return "rising"; }
  void fit(const TrainingData&) override {}
  void score(std::span<const Query> queries, MatrixView scores) const override {
    for (std::size_t q = 0; q < queries.size(); ++q)
      for (std::int32_t j = 0; j < kItems; ++j) {
        const bool odd = odd_user >= 0 && queries[q].history.front() == odd_user % kItems;
        scores.row(static_cast<std::int64_t>(q))[j] = factor * (1 + static_cast<float>(odd ? kItems - j : j) / 10);
      }
  }
  bool personalises(const Query&) const override { return true; }
  bool asks_language_models() const override { return slow; }
  std::int64_t items() const override { return kItems; }
  void save(SafetensorsWriter&, const std::string&) const override {}
  void load(const SafetensorsFile&, const std::string&) override {}
};

// Everybody likes the item of their own number, but user 3, who likes nothing.
UserHistories histories() {
  UserHistories out;
  for (std::int32_t user = 0; user < kUsers; ++user) {
    out.items.push_back(user % static_cast<std::int32_t>(kItems));
    out.positive.push_back(user == 3 ? 0 : 1);
    out.offsets.push_back(std::ssize(out.items));
  }
  return out;
}

}  // namespace

TEST(GoldenQueries, AreSpreadOverKnownUsersAndStrangers) {
  Rising model;
  const GoldenQueries golden = ask_golden_queries(model, histories());
  ASSERT_EQ(golden.users.size(), 64u);
  EXPECT_EQ(std::accumulate(golden.known.begin(), golden.known.end(), 0), 32);
  EXPECT_EQ(golden.users.front(), 0);
  EXPECT_GT(golden.users.back(), 190);
  EXPECT_EQ(golden.items.size(), 6400u);
  EXPECT_EQ(golden.items.front(), kItems - 1);
  model.slow = true;
  EXPECT_EQ(ask_golden_queries(model, histories()).users.size(), 4u);
  EXPECT_TRUE(ask_golden_queries(model, UserHistories{}).users.empty());
}

TEST(GoldenQueries, ForgiveTheLastDigitsAndOneOddList) {
  Rising model;
  const GoldenQueries golden = ask_golden_queries(model, histories());
  EXPECT_EQ(changed_answer(model, histories(), golden), "");
  model.factor = 1 + 2e-5f;
  EXPECT_EQ(changed_answer(model, histories(), golden), "");
  model.factor = 1;
  model.odd_user = golden.users[7];
  EXPECT_EQ(changed_answer(model, histories(), golden), "");
}

TEST(GoldenQueries, TellWhatChanged) {
  Rising model;
  const GoldenQueries golden = ask_golden_queries(model, histories());
  model.factor = 1.001f;
  const std::string scores = changed_answer(model, histories(), golden);
  EXPECT_TRUE(scores.starts_with("query 0 has a score of ")) << scores;
  EXPECT_TRUE(scores.ends_with("; 64 of 64 lists are others")) << scores;
  GoldenQueries swapped = golden;
  for (std::size_t q = 0; q < 64; ++q)
    std::swap(swapped.items[swapped.offsets[q] + 4], swapped.items[swapped.offsets[q] + 9]);
  model.factor = 1;
  const std::string order = changed_answer(model, histories(), swapped);
  EXPECT_TRUE(order.starts_with("query 0 has item 145 at rank 5, it had item 140")) << order;
}

TEST(GoldenQueries, ComeBackFromAFileAndWrongOnesAreRefused) {
  const std::string path = testing::TempDir() + "/golden_queries_test.safetensors";
  const Rising model;
  const GoldenQueries golden = ask_golden_queries(model, histories());
  const auto write = [&](const GoldenQueries& queries) {
    SafetensorsWriter out;
    save_golden_queries(queries, out);
    out.write(path);
  };
  write(golden);
  const GoldenQueries read = read_golden_queries(SafetensorsFile(path), kUsers, kItems);
  EXPECT_EQ(read.users, golden.users);
  EXPECT_EQ(read.known, golden.known);
  EXPECT_EQ(read.offsets, golden.offsets);
  EXPECT_EQ(read.items, golden.items);
  EXPECT_EQ(read.scores, golden.scores);
  EXPECT_THROW(read_golden_queries(SafetensorsFile(path), kUsers, 100), Error);
  EXPECT_THROW(read_golden_queries(SafetensorsFile(path), 50, kItems), Error);
  GoldenQueries wrong = golden;
  wrong.offsets[3] = 100000;
  write(wrong);
  EXPECT_THROW(read_golden_queries(SafetensorsFile(path), kUsers, kItems), Error);
}

}  // namespace genre
