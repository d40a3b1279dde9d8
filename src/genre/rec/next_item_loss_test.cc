#include "genre/rec/next_item_loss.h"

#include <gtest/gtest.h>

#include "genre/base/error_of_test.h"
#include "genre/base/thread_pool.h"
#include "genre/rec/gru4rec.h"
#include "genre/rec/ring_test.h"
#include "genre/rec/sasrec.h"
#include "genre/rec/small_world_test.h"

namespace genre {
namespace {

template <class Options>
Options small_reader(const std::string& loss) {
  Options out;
  out.factors = 16;
  out.layers = 1;
  out.inner = 16;
  out.length = 8;
  out.dropout = 0.1;
  out.epochs = 150;
  out.batch = 16;
  out.learning_rate = 2e-2;
  out.loss = {.name = loss, .negatives = 3};
  return out;
}

std::unique_ptr<Recommender> fitted_on(const Ring& ring, const NextItemOptions& options) {
  auto out = options.build();
  out->fit(ring.data());
  return out;
}

// Of the histories of three steps along the ring, how many are foretold; popularity foretells one.
int foretold(const Recommender& model, std::int32_t items) {
  int right = 0;
  for (std::int32_t first = 0; first < items; ++first) {
    const std::vector<std::int32_t> history = {first, (first + 1) % items, (first + 2) % items};
    right += recommend(model, {.history = history}, {.k = 1})[0].index == (first + 3) % items ? 1 : 0;
  }
  return right;
}

class EveryNextItemLoss : public ::testing::TestWithParam<std::string> {};

TEST_P(EveryNextItemLoss, LearnsWhatComesNext) {
  const Ring ring(20, 60, 6);
  EXPECT_GE(foretold(*fitted_on(ring, small_reader<SasRecOptions>(GetParam())), 20), 18);
  EXPECT_GE(foretold(*fitted_on(ring, small_reader<Gru4RecOptions>(GetParam())), 20), 18);
}

TEST_P(EveryNextItemLoss, DoesNotDependOnTheNumberOfThreads) {
  const Ring ring(20, 60, 6);
  auto options = small_reader<SasRecOptions>(GetParam());
  options.epochs = 3;
  const std::vector<std::int32_t> history = {1, 2, 3};
  const auto scores = [&](int threads) {
    set_global_threads(threads);
    return scores_of(*fitted_on(ring, options), {.history = history});
  };
  const auto one = scores(1);
  EXPECT_EQ(scores(3), one);
  set_global_threads(0);
}

TEST_P(EveryNextItemLoss, IsNoPartOfWhatIsSaved) {
  const Ring ring(20, 60, 6);
  auto options = small_reader<SasRecOptions>(GetParam());
  options.epochs = 1;
  const auto model = fitted_on(ring, options);
  const auto file = std::filesystem::path(::testing::TempDir()) / ("next_item_loss_" + GetParam() + ".safetensors");
  SafetensorsWriter out;
  model->save(out, "");
  out.write(file);
  options.loss = {};
  const auto loaded = options.build();
  loaded->load(SafetensorsFile(file), "");
  const std::vector<std::int32_t> history = {1, 2, 3};
  EXPECT_EQ(scores_of(*loaded, {.history = history}), scores_of(*model, {.history = history}));
}

TEST_P(EveryNextItemLoss, OneItemIsEnough) {
  const std::vector<std::int64_t> counts = {4};
  const auto loss = make_next_item_loss({.name = GetParam(), .negatives = 2}, counts, 7, 1);
  Matrix vectors(1, 1), states(2, 1), d_states(2, 1), d_items(1, 1);
  vectors.row(0)[0] = states.row(0)[0] = states.row(1)[0] = 1;
  const std::vector<std::int32_t> wanted = {0, 0};
  loss->start(1, vectors, wanted);
  loss->compare(0, states, wanted, 1, d_states.view(), d_items.view());
  // Only bce and gbce have anything to learn: that the item is there at all.
  const bool binary = GetParam().ends_with("bce");
  EXPECT_EQ(d_states.row(0)[0] < 0, binary);
  EXPECT_EQ(d_items.row(0)[0] < 0, binary);
}

INSTANTIATE_TEST_SUITE_P(All, EveryNextItemLoss, ::testing::Values("softmax", "sampled_softmax", "bce", "gbce", "bpr"),
                         [](const auto& one) { return one.param; });

// With vectors of zeros each draw adds a quarter to the item's gradient, and the chosen one's loses as much.
TEST(NextItemLoss, NegativesAreEvenAndNeverWhatIsForetold) {
  constexpr int kStates = 4000;
  const std::vector<std::int64_t> counts = {90, 1, 5, 1, 3};
  const auto loss = make_next_item_loss({.name = "bce", .negatives = 1}, counts, 7, 1);
  const Matrix vectors(5, 1);
  Matrix states(kStates, 1), d_states(kStates, 1), d_items(5, 1);
  std::fill_n(states.data(), kStates, 1.0f);
  const std::vector<std::int32_t> wanted(kStates, 2);
  loss->start(1, vectors, wanted);
  loss->compare(0, states, wanted, 1, d_states.view(), d_items.view());
  EXPECT_EQ(d_items.row(2)[0], -0.25f * kStates);
  for (const int other : {0, 1, 3, 4}) EXPECT_NEAR(4 * d_items.row(other)[0], kStates / 4, 0.1 * kStates / 4) << other;
}

TEST(NextItemLoss, EachStepAndPartDrawsAnew) {
  const std::vector<std::int64_t> counts(1000, 1);
  const auto loss = make_next_item_loss({.name = "bpr", .negatives = 1}, counts, 7, 2);
  const Matrix vectors(1000, 1);
  const auto drawn = [&](std::int64_t step, std::size_t part) {
    Matrix state(1, 1), d_state(1, 1), d_items(1000, 1);
    state.row(0)[0] = 1;
    const std::vector<std::int32_t> wanted = {0};
    loss->start(step, vectors, wanted);
    loss->compare(part, state, wanted, 1, d_state.view(), d_items.view());
    return std::ranges::max_element(d_items.values()) - d_items.values().begin();
  };
  EXPECT_EQ(drawn(1, 0), drawn(1, 0));
  EXPECT_NE(drawn(1, 0), drawn(1, 1));
  EXPECT_NE(drawn(1, 0), drawn(2, 0));
}

TEST(NextItemLoss, WithoutCalibrationGbceIsBce) {
  const Ring ring(20, 60, 6);
  const std::vector<std::int32_t> history = {1, 2, 3};
  const auto scores = [&](const std::string& loss, double calibration) {
    auto options = small_reader<SasRecOptions>(loss);
    options.epochs = 2;
    options.loss.calibration = calibration;
    return scores_of(*fitted_on(ring, options), {.history = history});
  };
  EXPECT_EQ(scores("gbce", 0), scores("bce", 0.75));
  EXPECT_NE(scores("gbce", 0.75), scores("bce", 0.75));
}

TEST(NextItemLoss, RefusesToDrawNothing) {
  for (const char* name : {"bce", "gbce", "bpr"}) {
    auto options = small_reader<SasRecOptions>(name);
    options.loss.negatives = 0;
    const Error error = error_of([&] { options.build(); });
    EXPECT_EQ(error.code(), ErrorCode::kConfig);
    EXPECT_EQ(error.place().key, "model.negatives") << name;
  }
  auto sampled = small_reader<SasRecOptions>("sampled_softmax");
  sampled.loss.negatives = 0;  // those of the step are left
  EXPECT_NO_THROW(sampled.build());
}

}  // namespace
}  // namespace genre
