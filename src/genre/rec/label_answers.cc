#include "genre/rec/label_answers.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "genre/base/error.h"

namespace genre {

LabelAnswers::LabelAnswers(std::shared_ptr<const LabelsTexts> classifier, std::span<const std::string_view> needed)
    : classifier_(std::move(classifier)) {
  for (const std::string_view answer : needed) column(answer);
}

Matrix LabelAnswers::log_probabilities(std::span<const std::string> prompts,
                                       std::span<const std::string> answers) const {
  const Matrix said = classifier_->probabilities(prompts);
  Matrix out(said.rows(), std::ssize(answers));
  for (std::int64_t a = 0; a < out.cols(); ++a) {
    const std::int64_t label = column(answers[a]);
    for (std::int64_t p = 0; p < out.rows(); ++p)
      out.row(p)[a] = std::log(std::max(said.row(p)[label], std::numeric_limits<float>::min()));
  }
  return out;
}

std::int64_t LabelAnswers::column(std::string_view answer) const {
  const auto& labels = classifier_->labels();
  const auto found = std::ranges::find(labels, answer);
  if (found == labels.end())
    throw Error(ErrorCode::kConfig,
                fmt::format("the classifier '{}' has no label '{}', its labels are {}", classifier_->name(), answer,
                            fmt::join(labels, ", ")),
                "train one on what `genre data export --as preferences` writes", {.key = "model.classifier"});
  return found - labels.begin();
}

}  // namespace genre
