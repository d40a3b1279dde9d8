#include "genre/rec/next_item_recommender.h"

#include <gtest/gtest.h>

#include "genre/rec/bert4rec.h"
#include "genre/rec/gru4rec.h"
#include "genre/rec/hstu.h"
#include "genre/rec/sasrec.h"
#include "genre/rec/small_world_test.h"

namespace genre {
namespace {

// What torch's own layers score (tests/golden/make_next_item_golden.py).
void expect_golden_scores(const NextItemOptions& options) {
  const SafetensorsFile golden(std::string(GENRE_SOURCE_DIR) + "/tests/golden/next_item.safetensors");
  const std::string name(options.name());
  NextItemRecommender model(name, options.plan());
  model.load(golden, name + ".");
  int histories = 0;
  for (; golden.has("history." + std::to_string(histories)); ++histories) {
    const std::string number = std::to_string(histories);
    const auto wanted = golden.values<float>(name + ".scores." + number);
    const std::vector<float> found = scores_of(model, {.history = golden.values<std::int32_t>("history." + number)});
    ASSERT_EQ(found.size(), wanted.size());
    for (std::size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i], wanted[i], 1e-5) << number << ", " << i;
  }
  EXPECT_EQ(histories, 4);
}

template <class Options>
void expect_golden_transformer() {
  Options options;
  options.factors = 8;
  options.inner = 12;
  options.length = 6;
  expect_golden_scores(options);
}

TEST(NextItemRecommender, SasRecScoresAsTorchDoes) { expect_golden_transformer<SasRecOptions>(); }

TEST(NextItemRecommender, Bert4RecScoresAsTorchDoes) { expect_golden_transformer<Bert4RecOptions>(); }

TEST(NextItemRecommender, Gru4RecScoresAsTorchDoes) {
  Gru4RecOptions options;
  options.factors = 8;
  options.inner = 12;
  options.layers = 2;
  expect_golden_scores(options);
}

TEST(NextItemRecommender, HstuScoresAsTorchDoes) {
  HstuOptions options;
  options.factors = 8;
  options.length = 6;
  expect_golden_scores(options);
}

}  // namespace
}  // namespace genre
