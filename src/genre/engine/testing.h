// A small dataset that the tests of engine share: two tastes, ten items, twenty users.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "genre/config/toml.h"
#include "genre/data/dataset.h"
#include "genre/engine/artifact.h"
#include "genre/rec/registry.h"

namespace genre::testing_data {

// Users u00..u19; even users like items i0..i4, odd users i5..i8, each leaving out one item by turns; i9 has text and
// no interaction. The last event of each user is test, the others train. Titles "red 0".."red 4", "blue 5"..;
// years 1990 + number, empty for i3.
inline Dataset two_tastes() {
  Dataset out;
  out.name = "two-tastes";
  std::vector<std::string> users, items;
  for (int u = 0; u < 20; ++u) users.push_back((u < 10 ? "u0" : "u") + std::to_string(u));
  for (int i = 0; i < 10; ++i) items.push_back("i" + std::to_string(i));
  out.users = IdMap(users);
  out.items = IdMap(items);
  out.types = {"view", "rating"};
  out.has_time = true;
  out.fingerprint = "two-tastes-fingerprint";
  auto& title = out.item_fields.fields["title"];
  auto& year = out.item_fields.fields["year"];
  for (int i = 0; i < 10; ++i) {
    title.push_back((i < 5 || i == 9 ? "red " : "blue ") + std::to_string(i));
    year.push_back(i == 3 ? "" : std::to_string(1990 + i));
  }
  Interactions& events = out.interactions;
  for (int u = 0; u < 20; ++u) {
    std::vector<int> liked;
    const int first = u % 2 == 0 ? 0 : 5, count = u % 2 == 0 ? 5 : 4;
    for (int i = 0; i < count; ++i)
      if (i != (u / 2) % count) liked.push_back(first + (i + u / 2) % count);
    for (std::size_t n = 0; n < liked.size(); ++n) {
      events.user.push_back(u);
      events.item.push_back(liked[n]);
      events.value.push_back(5);
      events.weight.push_back(5);
      events.time.push_back(1000 * static_cast<std::int64_t>(n + 1));
      events.type.push_back(1);
      events.positive.push_back(1);
      events.part.push_back(static_cast<std::uint8_t>(n + 1 == liked.size() ? Part::kTest : Part::kTrain));
    }
  }
  return out;
}

// One unit vector an item: red and blue point different ways, i9 is red.
inline Matrix two_taste_vectors() {
  Matrix out(10, 4);
  for (int i = 0; i < 10; ++i) {
    const bool red = i < 5 || i == 9;
    out.row(i)[0] = red ? 0.8f : 0.0f;
    out.row(i)[1] = red ? 0.0f : 0.8f;
    out.row(i)[2 + i % 2] = 0.6f;
  }
  return out;
}

// A run of the named model, fitted on the train part and knowing the histories of it, without vectors.
inline void write_two_tastes_run(const std::string& model_name, const std::filesystem::path& run) {
  const Dataset dataset = two_tastes();
  const CsrMatrix train = dataset.matrix(kTrainPart, true);
  const auto options = make_recommender_options(model_name);
  const auto model = options->build();
  model->fit({.interactions = train, .item_vectors = {}});
  const UserHistories histories = user_histories(dataset, kTrainPart);
  config::Fields f;
  options->fields(f);
  ArtifactContent content;
  content.manifest.model = model_name;
  content.manifest.model_options = config::to_toml(f.values());
  content.manifest.users = 20;
  content.manifest.items = 10;
  content.manifest.lm.model = "none";
  content.manifest.events = {{"rating", {1.0, "value >= 4", "sum"}}};
  content.model = model.get();
  content.dataset = &dataset;
  content.histories = &histories;
  content.item_texts = &dataset.item_fields.fields.at("title");
  write_artifact(content, run / "artifact");
}

}  // namespace genre::testing_data
