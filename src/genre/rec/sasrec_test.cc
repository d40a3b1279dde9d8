#include "genre/rec/sasrec.h"

#include <gtest/gtest.h>

#include "genre/base/error.h"
#include "genre/rec/ring_test.h"
#include "genre/rec/small_world_test.h"

namespace genre {
namespace {

NextItemRecommender made(const SasRecOptions& options) { return {options.name(), options.plan()}; }

SasRecOptions small_sasrec() {
  SasRecOptions options;
  options.factors = 16;
  options.layers = 1;
  options.inner = 16;
  options.length = 8;
  options.dropout = 0.1;
  options.epochs = 60;
  options.batch = 16;
  options.learning_rate = 5e-3;
  return options;
}

TEST(SasRec, LearnsWhatComesNext) {
  const Ring ring(20, 60, 6);
  NextItemRecommender model = made(small_sasrec());
  model.fit(ring.data());
  for (std::int32_t first = 0; first < 20; ++first) {
    const std::vector<std::int32_t> forth = {first, (first + 1) % 20, (first + 2) % 20};
    const auto list = recommend(model, {.history = forth}, {.k = 1});
    EXPECT_EQ(list[0].index, (first + 3) % 20) << first;
  }
}

TEST(SasRec, ALongHistoryCountsByItsEnd) {
  const Ring ring(20, 60, 12);
  NextItemRecommender model = made(small_sasrec());
  model.fit(ring.data());
  std::vector<std::int32_t> history;
  for (std::int32_t n = 0; n < 10'000; ++n) history.push_back(n % 20);
  const std::vector<std::int32_t> end(history.end() - 8, history.end());
  EXPECT_EQ(scores_of(model, {.history = history}), scores_of(model, {.history = end}));
}

TEST(SasRec, TheNumberOfThreadsChangesNothing) {
  SasRecOptions options = small_sasrec();
  options.epochs = 3;
  expect_threads_change_nothing(options, Ring(20, 60, 6));
}

TEST(SasRec, ATrainingThatDivergesNamesTheStep) {
  const Ring ring(20, 60, 6);
  SasRecOptions options = small_sasrec();
  options.learning_rate = 1e30;
  NextItemRecommender model = made(options);
  try {
    model.fit(ring.data());
    FAIL() << "trained";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kRuntime);
    EXPECT_STREQ(error.what(), "the gradient of step 2 is not finite");
  }
}

TEST(SasRec, RefusesFactorsThatHeadsCannotShare) {
  SasRecOptions options = small_sasrec();
  options.heads = 3;
  EXPECT_THROW(options.build(), Error);
}

TEST(SasRec, RefusesWeightsOfAnotherShape) {
  const Ring ring(20, 60, 6);
  SasRecOptions options = small_sasrec();
  options.epochs = 1;
  NextItemRecommender model = made(options);
  model.fit(ring.data());
  const std::filesystem::path file = std::filesystem::path(::testing::TempDir()) / "sasrec.safetensors";
  SafetensorsWriter out;
  model.save(out, "");
  out.write(file);
  options.inner = 20;
  NextItemRecommender other = made(options);
  EXPECT_THROW(other.load(SafetensorsFile(file), ""), Error);
}

}  // namespace
}  // namespace genre
