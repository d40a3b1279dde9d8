#include "genre/rec/multi_vae.h"

#include <gtest/gtest.h>

#include "genre/base/error.h"
#include "genre/rec/plain_vae_test.h"
#include "genre/rec/small_world_test.h"
#include "genre/rec/tensors.h"

namespace genre {
namespace {

MultiVaeOptions small_multi_vae() {
  MultiVaeOptions options;
  options.factors = 8;
  options.hidden = 16;
  options.epochs = 40;
  options.batch = 16;
  options.learning_rate = 5e-3;
  return options;
}

std::filesystem::path saved(const Recommender& model) {
  const std::filesystem::path file = std::filesystem::path(::testing::TempDir()) / "multi_vae.safetensors";
  SafetensorsWriter out;
  model.save(out, "");
  out.write(file);
  return file;
}

TEST(MultiVae, AStrangerGetsItemsOfTheThemeOfTheHistory) {
  const SmallWorld world = small_world(120, 40);
  MultiVae model(small_multi_vae());
  model.fit(world.data());
  int of_theme = 0;
  for (std::int32_t theme = 0; theme < 4; ++theme) {
    const std::vector<std::int32_t> history = {theme, theme + 8, theme + 20};
    for (const auto& entry : recommend(model, {.history = history}, {.k = 5, .exclude = history}))
      of_theme += entry.index % 4 == theme ? 1 : 0;
  }
  EXPECT_GE(of_theme, 15);  // of 20; by chance 5
}

TEST(MultiVae, ScoresAreThoseOfThePlainFormula) {
  const SmallWorld world = small_world(50, 30);
  MultiVaeOptions options = small_multi_vae();
  options.epochs = 3;
  MultiVae model(options);
  model.fit(world.data());
  const SafetensorsFile file(saved(model));
  std::map<std::string, Matrix> tensors;
  for (const auto& [name, view] : file.tensors()) tensors[name] = read_matrix(file, name);
  for (const std::vector<std::int32_t>& history : {std::vector<std::int32_t>{}, {4}, {1, 5, 9, 29}}) {
    const auto found = scores_of(model, {.history = history});
    const auto wanted =
        plain_multi_vae([&](const std::string& name) -> ConstMatrixView { return tensors.at(name); }, history);
    ASSERT_EQ(found.size(), wanted.size());
    for (std::size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i], wanted[i], 1e-5);
  }
}

TEST(MultiVae, TheNumberOfThreadsChangesNothing) {
  const SmallWorld world = small_world(50, 30);
  MultiVaeOptions options = small_multi_vae();
  options.epochs = 3;
  expect_threads_change_nothing(options, world.data());
}

TEST(MultiVae, AHeavyDivergenceMakesEverybodyAlike) {
  const SmallWorld world = small_world(120, 40);
  MultiVaeOptions options = small_multi_vae();
  options.annealing = 0;
  const std::vector<std::int32_t> a = {0, 4, 8}, b = {1, 5, 9};
  const auto difference = [&](double beta) {
    options.beta = beta;
    MultiVae model(options);
    model.fit(world.data());
    const auto of_a = scores_of(model, {.history = a}), of_b = scores_of(model, {.history = b});
    double sum = 0;
    for (std::size_t i = 0; i < of_a.size(); ++i) sum += std::abs(of_a[i] - of_b[i]);
    return sum;
  };
  EXPECT_LT(difference(10), difference(0) / 10);
}

TEST(MultiVae, ATrainingThatDivergesNamesTheStep) {
  const SmallWorld world = small_world(50, 30);
  MultiVaeOptions options = small_multi_vae();
  options.learning_rate = 1e30;
  MultiVae model(options);
  try {
    model.fit(world.data());
    FAIL() << "trained";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kRuntime);
    EXPECT_STREQ(error.what(), "the gradient of step 2 is not finite");
  }
}

TEST(MultiVae, RefusesWeightsOfAnotherShape) {
  const SmallWorld world = small_world(50, 30);
  MultiVaeOptions options = small_multi_vae();
  options.epochs = 1;
  MultiVae model(options);
  model.fit(world.data());
  const SafetensorsFile file(saved(model));
  options.hidden = 20;
  EXPECT_THROW(MultiVae(options).load(file, ""), Error);
}

}  // namespace
}  // namespace genre
