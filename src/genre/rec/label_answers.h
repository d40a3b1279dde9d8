// A text classifier as a model that weighs answers, which are its labels.
#pragma once

#include "genre/rec/language_models.h"

namespace genre {

// Thread-safe as the classifier is.
class LabelAnswers : public WeighsAnswers {
 public:
  // Throws Error(kConfig) with the key model.classifier where one of `needed` is no label.
  LabelAnswers(std::shared_ptr<const LabelsTexts> classifier, std::span<const std::string_view> needed);

  const std::string& name() const override { return classifier_->name(); }
  const std::string& id() const override { return classifier_->id(); }
  const std::string& adapter() const override { return no_adapter_; }
  std::int64_t bytes() const override { return 0; }  // not known
  // The logarithms of the labels' probabilities, of one that is 0 that of the least positive number. The classifier
  // reads as much of a prompt as it can. Throws as the constructor for an answer that is no label.
  Matrix log_probabilities(std::span<const std::string> prompts, std::span<const std::string> answers) const override;
  std::int64_t tokens(const std::string&) const override { return 1; }

 private:
  std::int64_t column(std::string_view answer) const;

  std::shared_ptr<const LabelsTexts> classifier_;
  std::string no_adapter_;
};

}  // namespace genre
