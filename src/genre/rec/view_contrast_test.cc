#include "genre/rec/view_contrast.h"

#include "genre/base/error_of_test.h"
#include "genre/base/thread_pool.h"
#include "genre/neural/gradient_check_test.h"
#include "genre/rec/bert4rec.h"
#include "genre/rec/gru4rec.h"
#include "genre/rec/lm_sasrec.h"
#include "genre/rec/small_world_test.h"
#include "genre/rec/two_tower.h"

namespace genre {
namespace {

const std::vector<std::string> kEveryAugmentation = {"crop", "mask", "reorder", "substitute", "insert"};

// A reader of items that are a parameter too, and pieces for it.
class ViewContrastTest : public testing::Test {
 protected:
  static constexpr int kViewItems = 12, kViewWidth = 6;

  void make(const ReaderPlan& plan, int parts) {
    RandomStream random(3, "reader");
    parameters_ = {};
    items_ = parameters_.add("items", kViewItems, kViewWidth, /*decays=*/true);
    neural::fill_normal(parameters_.value(items_), 1, random);
    reader_ = plan.make(parameters_, random);
    // Far from the kink of relu, where differences tell no slope.
    for (int i = 0; i < parameters_.size(); ++i)
      if (parameters_[i].name.ends_with("inner.bias"))
        for (std::int64_t unit = 0; unit < parameters_.value(i).cols(); ++unit)
          parameters_.value(i).row(0)[unit] = unit % 3 == 0 ? -12.0f : 12.0f;
    passes_.clear();
    for (int p = 0; p < parts; ++p) passes_.emplace_back(*reader_);
    contrast_.emplace(ContrastOptions{.weight = 0.5, .augmentations = {"crop", "mask", "reorder"}}, CsrMatrix(),
                      *reader_, 5, 7, parts);
  }
  // The loss of views without dropout, drawn as in every call.
  double loss() {
    reader_->pack(parameters_);
    std::vector<std::span<const std::int32_t>> pieces(pieces_.begin(), pieces_.end());
    contrast_->start(1, pieces);
    for (std::size_t p = 0; p < passes_.size(); ++p)
      contrast_->read(p, parameters_, parameters_.value(items_), passes_[p]);
    return contrast_->compare();
  }
  neural::Gradients gradients() {
    loss();
    neural::Gradients out(parameters_);
    for (std::size_t p = 0; p < passes_.size(); ++p) contrast_->learn(p, parameters_, passes_[p], out, items_);
    return out;
  }

  std::vector<std::vector<std::int32_t>> pieces_ = {{0, 1, 2, 3, 4, 5, 6}, {7, 8}, {9, 10, 11, 0}, {4, 3, 2}};
  neural::Parameters parameters_;
  std::unique_ptr<neural::HistoryReader> reader_;
  std::vector<HistoryPass> passes_;
  std::optional<ViewContrast> contrast_;
  int items_ = 0;
};

TEST_F(ViewContrastTest, GradientsAreThoseOfTheWeightedLoss) {
  const neural::TransformerShape shape{.width = kViewWidth, .inner = 8, .layers = 1, .heads = 2, .positions = 5};
  neural::TransformerShape both_ways = shape;
  both_ways.causal = false;
  for (const ReaderPlan& plan : {reader_plan(shape), reader_plan(both_ways),
                                 reader_plan(neural::RecurrentShape{.width = kViewWidth, .inner = 8})}) {
    make(plan, 2);
    const neural::Gradients found = gradients();
    for (int i = 0; i < parameters_.size(); ++i)
      neural::expect_gradient(
          parameters_.value(i), found[i], [&] { return loss() / 2; }, parameters_[i].name, 1e-3);
  }
}

// Three parts of two pieces: one has none.
TEST_F(ViewContrastTest, PartsMakeNoDifference) {
  pieces_.resize(2);
  const ReaderPlan plan = reader_plan(neural::PooledShape{.width = kViewWidth, .inner = 8});
  make(plan, 1);
  const double whole = loss();
  const neural::Gradients of_whole = gradients();
  make(plan, 3);
  EXPECT_NEAR(loss(), whole, 1e-6);
  const neural::Gradients of_parts = gradients();
  for (int i = 0; i < parameters_.size(); ++i)
    for (std::int64_t n = 0; n < of_whole[i].rows() * of_whole[i].cols(); ++n)
      EXPECT_NEAR(of_parts[i].data()[n], of_whole[i].data()[n], 1e-5);
}

template <class Options>
Options small_contrastive() {
  Options out;
  out.factors = 16;
  out.length = 12;
  out.epochs = 3;
  out.batch = 16;
  out.learning_rate = 1e-2;
  out.contrast.weight = 0.3;
  out.contrast.augmentations = kEveryAugmentation;
  return out;
}

std::vector<float> scores_of_fit(const NextItemOptions& options, const SmallWorld& world) {
  const auto model = options.build();
  model->fit(world.data());
  return scores_of(*model, {.history = world.interactions.row_indices(0)});
}

template <class Options>
void expect_the_same_bits_of_threads(const Options& options) {
  const SmallWorld world = small_world(60, 20);
  const auto scores = [&](int threads) {
    set_global_threads(threads);
    return scores_of_fit(options, world);
  };
  const auto one = scores(1);
  EXPECT_EQ(scores(2), one) << options.name();
  EXPECT_EQ(scores(3), one) << options.name();
  set_global_threads(0);
  Options without = options;
  without.contrast.weight = 0;
  EXPECT_NE(scores_of_fit(without, world), one) << options.name();
}

TEST(ViewContrast, TheNumberOfThreadsChangesNothing) {
  expect_the_same_bits_of_threads(small_contrastive<SasRecOptions>());
  expect_the_same_bits_of_threads(small_contrastive<LmSasRecOptions>());
  expect_the_same_bits_of_threads(small_contrastive<Gru4RecOptions>());
  expect_the_same_bits_of_threads(small_contrastive<Bert4RecOptions>());
  auto tower = small_contrastive<TwoTowerOptions>();
  tower.scorer.name = "cosine";
  tower.contrast.substitutes = "text";
  expect_the_same_bits_of_threads(tower);
}

// A weight that vanishes beside the other loss leaves every number: views draw from streams of their own.
TEST(ViewContrast, WithoutAWeightEverythingIsAsItWas) {
  const SmallWorld world = small_world(60, 20);
  auto options = small_contrastive<SasRecOptions>();
  options.contrast = {};
  const auto plain = scores_of_fit(options, world);
  options.contrast.augmentations = kEveryAugmentation;
  options.contrast.temperature = 1;
  EXPECT_EQ(scores_of_fit(options, world), plain);
  options.contrast.weight = 1e-30;
  EXPECT_EQ(scores_of_fit(options, world), plain);
}

// The mean loss of views of the world's histories in a model that was trained with this weight.
double loss_after_training(double weight, const SmallWorld& world) {
  NextItemTraining how{.reader = reader_plan(neural::PooledShape{.width = 16, .inner = 16}),
                       .width = 16,
                       .length = 12,
                       .epochs = 10,
                       .batch = 16,
                       .learning_rate = 1e-2,
                       .contrast = {.weight = weight, .augmentations = {"crop", "mask"}}};
  const TrainedNextItem model = train_next_item(how, {}, world.data());
  how.contrast.weight = 1;
  ViewContrast contrast(how.contrast, {}, *model.reader, how.length, 99, 1);
  std::vector<std::span<const std::int32_t>> pieces;
  for (std::int64_t user = 0; user < world.interactions.rows; ++user)
    pieces.push_back(world.interactions.row_indices(user));
  model.reader->pack(model.parameters);
  HistoryPass pass(*model.reader);
  contrast.start(1, pieces);
  contrast.read(0, model.parameters, model.items, pass);
  return contrast.compare();
}

TEST(ViewContrast, TrainingLowersIt) {
  const SmallWorld world = small_world(60, 20);
  EXPECT_LT(loss_after_training(0.5, world), loss_after_training(0, world) - 0.3);
}

TEST(ViewContrast, RefusesViewsThatThereAreNot) {
  auto options = small_contrastive<SasRecOptions>();
  options.contrast.augmentations = {"crop", "rotate"};
  EXPECT_EQ(error_of([&] { options.build(); }).place().key, "model.augmentations");
  options.contrast.augmentations = {};
  EXPECT_EQ(error_of([&] { options.build(); }).code(), ErrorCode::kConfig);
  options.contrast.weight = 0;
  EXPECT_NO_THROW(options.build());
}

TEST(ViewContrast, ItsMemoryIsCounted) {
  const DataSize size{.users = 600, .items = 4000, .interactions = 60'000, .dimension = 384};
  auto options = small_contrastive<SasRecOptions>();
  const std::int64_t by_users = options.fit_bytes(size);
  options.contrast.substitutes = "text";
  EXPECT_GT(options.fit_bytes(size), by_users + 4 * 4000 * 384);
  options.contrast.augmentations = {"crop"};
  const std::int64_t without_items = options.fit_bytes(size);
  EXPECT_LT(without_items, by_users);
  options.contrast.weight = 0;
  EXPECT_LT(options.fit_bytes(size), without_items - 4 * 2 * 16 * 12 * 16);
}

TEST(ViewContrast, SubstitutesByTextWantTexts) {
  SmallWorld world = small_world(60, 20);
  auto options = small_contrastive<SasRecOptions>();
  EXPECT_FALSE(options.needs_item_vectors());
  options.contrast.substitutes = "text";
  EXPECT_TRUE(options.needs_item_vectors());
  EXPECT_NE(scores_of_fit(options, world), scores_of_fit(small_contrastive<SasRecOptions>(), world));
  world.item_vectors = {};
  EXPECT_EQ(error_of([&] { options.build()->fit(world.data()); }).code(), ErrorCode::kData);
  options.contrast.augmentations = {"crop"};
  EXPECT_FALSE(options.needs_item_vectors());
  EXPECT_NO_THROW(options.build()->fit(world.data()));
}

}  // namespace
}  // namespace genre
