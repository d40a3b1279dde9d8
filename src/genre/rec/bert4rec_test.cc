#include "genre/rec/bert4rec.h"

#include <gtest/gtest.h>

#include "genre/base/error_of_test.h"
#include "genre/rec/ring_test.h"
#include "genre/rec/small_world_test.h"

namespace genre {
namespace {

Bert4RecOptions small_bert4rec() {
  Bert4RecOptions options;
  options.factors = 16;
  options.layers = 1;
  options.inner = 16;
  options.length = 8;
  options.dropout = 0.1;
  options.epochs = 100;
  options.batch = 16;
  options.learning_rate = 1e-2;
  return options;
}

std::unique_ptr<Recommender> fitted_bert4rec(const Bert4RecOptions& options, const Ring& ring) {
  auto out = options.build();
  out->fit(ring.data());
  return out;
}

TEST(Bert4Rec, LearnsWhatComesNext) {
  const Ring ring(20, 60, 6);
  const auto model = fitted_bert4rec(small_bert4rec(), ring);
  int right = 0;
  for (std::int32_t first = 0; first < 20; ++first) {
    const std::vector<std::int32_t> history = {first, (first + 1) % 20, (first + 2) % 20};
    right += recommend(*model, {.history = history}, {.k = 1})[0].index == (first + 3) % 20 ? 1 : 0;
  }
  EXPECT_GE(right, 18);  // popularity has one
}

TEST(Bert4Rec, TheMaskTakesTheRoomOfOneEvent) {
  const Ring ring(20, 60, 12);
  Bert4RecOptions options = small_bert4rec();
  options.epochs = 2;
  const auto model = fitted_bert4rec(options, ring);
  std::vector<std::int32_t> history;
  for (std::int32_t n = 0; n < 10'000; ++n) history.push_back(n % 20);
  const auto scores = [&](std::int64_t events) {
    const std::vector<std::int32_t> end(history.end() - events, history.end());
    return scores_of(*model, {.history = end});
  };
  EXPECT_EQ(scores(10'000), scores(7));
  EXPECT_NE(scores(7), scores(6));
}

TEST(Bert4Rec, TheNumberOfThreadsChangesNothing) {
  Bert4RecOptions options = small_bert4rec();
  options.epochs = 3;
  expect_threads_change_nothing(options, Ring(20, 60, 12));  // longer than the sequences that are read
}

TEST(Bert4Rec, RefusesALengthThatTheMaskFills) {
  Bert4RecOptions options = small_bert4rec();
  options.length = 1;
  const Error error = error_of([&] { options.build(); });
  EXPECT_EQ(error.code(), ErrorCode::kConfig);
  EXPECT_EQ(error.place().key, "model.length");
}

}  // namespace
}  // namespace genre
