// Options of a recommender by name, with what its defaults leave open, for the tests that go through all of them.
#pragma once

#include <memory>
#include <string>

#include "genre/rec/registry.h"
#include "genre/rec/text_classifier.h"
#include "genre/rec/theme_models_test.h"

namespace genre {

// Their language models are ThemeModels.
inline std::shared_ptr<RecommenderOptions> ready_options(const std::string& name) {
  auto options = make_recommender_options(name);
  if (auto* const classifying = dynamic_cast<TextClassifierOptions*>(options.get())) classifying->classifier = "themes";
  options->connect(std::make_shared<ThemeModels>());
  return options;
}

}  // namespace genre
