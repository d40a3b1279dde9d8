// The language models of the tests of recommenders, which know the themes of a SmallWorld.
#pragma once

#include "genre/rec/theme_decoder_test.h"
#include "genre/rec/theme_labels_test.h"

namespace genre {

// One of each kind, whatever the name.
struct ThemeModels : LanguageModels {
  std::shared_ptr<const LabelsTexts> labels = std::make_shared<ThemeLabels>("themes");
  std::shared_ptr<const WeighsAnswers> answers = std::make_shared<ThemeDecoder>("themes");
  std::shared_ptr<const LabelsTexts> classifier(const std::string&) const override { return labels; }
  std::shared_ptr<const WeighsAnswers> decoder(const std::string&, const std::string&) const override {
    return answers;
  }
};

}  // namespace genre
