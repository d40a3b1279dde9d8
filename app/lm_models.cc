#include <cstdio>

#include "genre/lm/catalogue.h"
#include "lm_verbs.h"

namespace genre::app {
namespace {

void list_models() {
  auto models = nlohmann::ordered_json::array();
  for (const auto& model : catalogue_models()) {
    models.push_back({{"name", model.name},
                      {"family", model.family},
                      {"dimension", model.dimension},
                      {"bytes", model.bytes},
                      {"licence", model.licence},
                      {"repository", model.repository},
                      {"meaning", model.doc}});
    if (!output().json)
      std::printf("%-20s %s, %d dimensions, %.0f MB, %s\n", model.name.c_str(), model.doc.c_str(), model.dimension,
                  static_cast<double>(model.bytes) / 1e6, model.licence.c_str());
  }
  if (output().json) print_json("lm.models", {{"models", models}});
}

}  // namespace

void add_lm_models(CLI::App& parent) {
  add_verb(parent, "models", "the model catalogue", "")->callback([] { list_models(); });
}

}  // namespace genre::app
