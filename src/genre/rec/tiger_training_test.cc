#include "genre/rec/tiger_training.h"

#include <gtest/gtest.h>

#include <cmath>

#include "genre/base/error_of_test.h"
#include "genre/rec/code_generator.h"
#include "genre/rec/sequences.h"
#include "genre/rec/small_world_test.h"

namespace genre {
namespace {

TigerTraining small_training() {
  TigerTraining how;
  how.length = 3;
  how.reader = {.width = 4, .inner = 6, .layers = 1, .heads = 2, .positions = 11};
  how.epochs = 1;
  how.batch = 1 << 16;
  return how;
}

// Two codes below 4, the first of which is the theme, and one that tells equals apart.
SemanticIds theme_ids(std::int32_t items) {
  std::vector<std::int32_t> codes;
  for (std::int32_t item = 0; item < items; ++item) codes.insert(codes.end(), {item % 4, item / 4 % 3});
  return SemanticIds::of_codes(codes, 2, 4, std::vector<std::uint8_t>(items, 1));
}

// The mean over interactions that are foretold, of what a search over all ids gives them.
double plain_loss(const TrainedTiger& weights, const SemanticIds& ids, const TrainingData& data, std::int64_t length) {
  RandomStream random(1, "copy");
  TrainedTiger copy = new_tiger(small_training().reader, ids.all_codes(), random);
  for (int i = 0; i < copy.parameters.size(); ++i) copy.parameters.value(i) = weights.parameters.value(i);
  const CodeGenerator generator(ids, std::move(copy), length);
  const Sequences sequences = time_ordered(data);
  double sum = 0;
  int count = 0;
  for (std::int64_t user = 0; user < sequences.users(); ++user) {
    const auto items = sequences.of(user);
    // Pieces of four that begin at the end.
    for (std::size_t end = items.size(); end > 1; end -= std::min<std::size_t>(end, 3)) {
      const std::size_t begin = end < 4 ? 0 : end - 4;
      for (std::size_t n = begin + 1; n < end; ++n, ++count)
        for (const auto& [item, score] : generator.generate(items.subspan(begin, n - begin), ids.items(), {}))
          if (item == items[n]) sum -= score;
    }
  }
  return sum / count;
}

TEST(TigerTraining, AStepFollowsTheDifferencesOfThePlainLoss) {
  const SmallWorld world = small_world(6, 12, 1);
  const SemanticIds ids = theme_ids(12);
  TigerTraining how = small_training();
  how.epochs = 0;
  TrainedTiger weights = train_tiger(how, ids, world.data());
  how.epochs = 1;
  const TrainedTiger moved = train_tiger(how, ids, world.data());
  RandomStream random(5, "weights");
  int compared = 0;
  for (int number = 0; number < weights.parameters.size(); ++number)
    for (int round = 0; round < 6; ++round) {
      Matrix& values = weights.parameters.value(number);
      const auto n = static_cast<std::int64_t>(random.below(values.rows() * values.cols()));
      float& weight = values.data()[n];
      const float before = weight;
      const auto at = [&](float other) {
        weight = other;
        return plain_loss(weights, ids, world.data(), how.length);
      };
      const double slope = (at(before + 1e-2f) - at(before - 1e-2f)) / 2e-2;
      weight = before;
      if (std::abs(slope) < 1e-4) continue;
      // The first step of Adam is as long as the rate, against the slope.
      EXPECT_NEAR((moved.parameters.value(number).data()[n] - before) / how.learning_rate, slope > 0 ? -1 : 1, 2e-2)
          << weights.parameters[number].name << ' ' << n << ' ' << slope;
      ++compared;
    }
  EXPECT_GT(compared, 30);
}

TEST(TigerTraining, TheNumberOfThreadsChangesNothing) {
  const SmallWorld world = small_world(60, 40, 1);
  TigerTraining how = small_training();
  how.reader.dropout = 0.3;
  how.epochs = 3;
  how.batch = 16;
  const auto trained = [&](int threads) {
    set_global_threads(threads);
    return train_tiger(how, theme_ids(40), world.data());
  };
  const TrainedTiger one = trained(1), three = trained(3);
  set_global_threads(0);
  for (int i = 0; i < one.parameters.size(); ++i)
    EXPECT_TRUE(std::ranges::equal(one.parameters.value(i).values(), three.parameters.value(i).values()));
}

TEST(TigerTraining, ATrainingThatDivergesNamesTheStep) {
  const SmallWorld world = small_world(60, 40, 1);
  TigerTraining how = small_training();
  how.epochs = 5;
  how.learning_rate = 1e30;
  const Error error = error_of([&] { train_tiger(how, theme_ids(40), world.data()); });
  EXPECT_EQ(error.code(), ErrorCode::kRuntime);
  EXPECT_NE(std::string(error.what()).find("the gradient of step"), std::string::npos) << error.what();
}

}  // namespace
}  // namespace genre
