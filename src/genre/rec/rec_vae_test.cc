#include "genre/rec/rec_vae.h"

#include <gtest/gtest.h>

#include "genre/rec/plain_vae_test.h"
#include "genre/rec/small_world_test.h"
#include "genre/rec/tensors.h"

namespace genre {
namespace {

RecVaeOptions small_rec_vae() {
  RecVaeOptions options;
  options.factors = 8;
  options.hidden = 16;
  options.layers = 3;
  options.epochs = 20;
  options.batch = 16;
  options.learning_rate = 5e-3;
  return options;
}

TEST(RecVae, AStrangerGetsItemsOfTheThemeOfTheHistory) {
  const SmallWorld world = small_world(120, 40);
  RecVae model(small_rec_vae());
  model.fit(world.data());
  int of_theme = 0;
  for (std::int32_t theme = 0; theme < 4; ++theme) {
    const std::vector<std::int32_t> history = {theme, theme + 8, theme + 20};
    for (const auto& entry : recommend(model, {.history = history}, {.k = 5, .exclude = history}))
      of_theme += entry.index % 4 == theme ? 1 : 0;
  }
  EXPECT_GE(of_theme, 15);  // of 20; by chance 5
}

TEST(RecVae, ScoresAreThoseOfThePlainFormula) {
  const SmallWorld world = small_world(50, 30);
  RecVaeOptions options = small_rec_vae();
  options.epochs = 2;
  RecVae model(options);
  model.fit(world.data());
  const std::filesystem::path path = std::filesystem::path(::testing::TempDir()) / "rec_vae.safetensors";
  SafetensorsWriter out;
  model.save(out, "");
  out.write(path);
  const SafetensorsFile file(path);
  std::map<std::string, Matrix> tensors;
  for (const auto& [name, view] : file.tensors()) tensors[name] = read_matrix(file, name);
  const Tensors tensor = [&](const std::string& name) -> ConstMatrixView { return tensors.at(name); };
  for (const std::vector<std::int32_t>& history : {std::vector<std::int32_t>{}, {4}, {1, 5, 9, 29}}) {
    const auto found = scores_of(model, {.history = history});
    const auto wanted = plain_rec_vae(tensor, history, options.layers);
    ASSERT_EQ(found.size(), wanted.size());
    for (std::size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i], wanted[i], 1e-4);
  }
}

TEST(RecVae, TheNumberOfThreadsChangesNothing) {
  const SmallWorld world = small_world(50, 30);
  RecVaeOptions options = small_rec_vae();
  options.epochs = 2;
  expect_threads_change_nothing(options, world.data());
}

TEST(RecVae, AHeavyDivergenceMakesEverybodyAlike) {
  const SmallWorld world = small_world(120, 40);
  RecVaeOptions options = small_rec_vae();
  const std::vector<std::int32_t> a = {0, 4, 8}, b = {1, 5, 9};
  const auto difference = [&](double gamma) {
    options.gamma = gamma;
    RecVae model(options);
    model.fit(world.data());
    const auto of_a = scores_of(model, {.history = a}), of_b = scores_of(model, {.history = b});
    double sum = 0;
    for (std::size_t i = 0; i < of_a.size(); ++i) sum += std::abs(of_a[i] - of_b[i]);
    return sum;
  };
  EXPECT_LT(difference(10), difference(0) / 10);
}

}  // namespace
}  // namespace genre
