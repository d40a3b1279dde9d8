#include "genre/rec/next_item_training.h"

#include <gtest/gtest.h>

#include <cmath>

#include "genre/neural/gradient_check_test.h"
#include "genre/rec/small_world_test.h"

namespace genre {
namespace {

NextItemTraining training() {
  return {.reader = reader_plan(neural::PooledShape{.width = 8, .inner = 8}),
          .width = 8,
          .length = 20,
          .epochs = 1,
          .batch = 16,
          .learning_rate = 1e-2};
}

// With so many negatives that every step looks at every item, all chances are 1 and both losses the same.
TEST(NextItemTraining, ManyNegativesAreTheWholeSoftmax) {
  const SmallWorld world = small_world(60, 20);
  NextItemTraining how = training();
  const TrainedNextItem whole = train_next_item(how, {}, world.data());
  how.loss = {.name = "sampled_softmax", .negatives = 20000};
  const TrainedNextItem sampled = train_next_item(how, {}, world.data());
  for (std::int64_t i = 0; i < whole.items.rows() * whole.items.cols(); ++i)
    EXPECT_NEAR(sampled.items.data()[i], whole.items.data()[i], 1e-4);
}

TEST(NextItemTraining, TheRateFallsToNothingWhereItIsToldTo) {
  const SmallWorld world = small_world(60, 20);
  NextItemTraining how = training();
  const TrainedNextItem constant = train_next_item(how, {}, world.data());
  how.schedule.schedule = "linear";
  const TrainedNextItem falling = train_next_item(how, {}, world.data());
  const auto moved = [](const TrainedNextItem& model) { return std::sqrt(neural::inner(model.items, model.items)); };
  EXPECT_LT(moved(falling), moved(constant));
}

}  // namespace
}  // namespace genre
