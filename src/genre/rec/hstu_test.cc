#include "genre/rec/hstu.h"

#include <gtest/gtest.h>

#include "genre/base/error_of_test.h"
#include "genre/rec/ring_test.h"
#include "genre/rec/small_world_test.h"

namespace genre {
namespace {

HstuOptions small_hstu() {
  HstuOptions options;
  options.factors = 16;
  options.layers = 1;
  options.length = 8;
  options.dropout = 0.1;
  options.epochs = 60;
  options.batch = 16;
  options.learning_rate = 5e-3;
  return options;
}

std::unique_ptr<Recommender> fitted_hstu(const HstuOptions& options, const Ring& ring) {
  auto out = options.build();
  out->fit(ring.data());
  return out;
}

TEST(Hstu, LearnsWhatComesNext) {
  const Ring ring(20, 60, 6);
  const auto model = fitted_hstu(small_hstu(), ring);
  for (std::int32_t first = 0; first < 20; ++first) {
    const std::vector<std::int32_t> forth = {first, (first + 1) % 20, (first + 2) % 20};
    EXPECT_EQ(recommend(*model, {.history = forth}, {.k = 1})[0].index, (first + 3) % 20) << first;
  }
}

TEST(Hstu, TellsOrdersOfTheSameItemsApart) {
  const Ring ring(20, 60, 6);
  const auto model = fitted_hstu(small_hstu(), ring);
  const std::vector<std::int32_t> one = {4, 9, 5}, other = {9, 4, 5};
  EXPECT_NE(scores_of(*model, {.history = one}), scores_of(*model, {.history = other}));
}

TEST(Hstu, ALongHistoryCountsByItsEnd) {
  const Ring ring(20, 60, 12);
  HstuOptions options = small_hstu();
  options.epochs = 2;
  const auto model = fitted_hstu(options, ring);
  std::vector<std::int32_t> history;
  for (std::int32_t n = 0; n < 10'000; ++n) history.push_back(n % 20);
  const std::vector<std::int32_t> end(history.end() - 8, history.end());
  EXPECT_EQ(scores_of(*model, {.history = history}), scores_of(*model, {.history = end}));
}

TEST(Hstu, TheNumberOfThreadsChangesNothing) {
  HstuOptions options = small_hstu();
  options.epochs = 3;
  expect_threads_change_nothing(options, Ring(20, 60, 6));
}

TEST(Hstu, RefusesFactorsThatHeadsCannotShare) {
  HstuOptions options = small_hstu();
  options.heads = 3;
  const Error error = error_of([&] { options.build(); });
  EXPECT_EQ(error.code(), ErrorCode::kConfig);
  EXPECT_EQ(error.place().key, "model.factors");
}

}  // namespace
}  // namespace genre
