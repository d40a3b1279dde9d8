#include "genre/finetune/served_values.h"

#include <algorithm>
#include <cmath>

#include "genre/base/error.h"
#include "genre/lm/classifier_head.h"
#include "genre/lm/ensemble.h"
#include "genre/lm/text_classifier.h"

namespace genre {
namespace {

// Where the training of `config` cut texts.
int token_limit(const std::filesystem::path& model, const FinetuneConfig& config) {
  const ClassifierConfig own = read_classifier_config(ensemble_members(model).front());
  const int learnt = config.finetune.tune == "prompt" ? config.finetune.virtual_tokens.count : 0;
  return std::min({config.finetune.maximum_tokens, own.maximum_tokens, own.encoder.positions - learnt});
}

std::vector<std::string> chosen(const std::vector<std::string>& from, std::span<const std::int64_t> numbers) {
  std::vector<std::string> out;
  for (const std::int64_t i : numbers) out.push_back(from[i]);
  return out;
}

// Numbers of the labels of each example among those of the answers.
std::vector<std::vector<std::int32_t>> truth_of(const ServedAnswers& answers, const FinetuneConfig& config,
                                                const Examples& examples, std::span<const std::int64_t> numbers) {
  std::vector<std::vector<std::int32_t>> out;
  const bool many = config.finetune.task == "multi_label";
  for (const std::int64_t i : numbers) {
    auto& some = out.emplace_back();
    const auto written = many ? split_labels(examples.labels[i], config.finetune.label_separator)
                              : std::vector<std::string>{examples.labels[i]};
    for (const std::string& name : written) {
      const auto found = std::ranges::find(answers.labels, name);
      if (found == answers.labels.end())
        throw Error(ErrorCode::kData, "the model does not have the label '" + name + "'", "train it on all labels",
                    {.file = examples.file, .key = "finetune.examples"});
      some.push_back(static_cast<std::int32_t>(found - answers.labels.begin()));
    }
  }
  return out;
}

// Numbers whose softmax, or with `many` sigmoid, is the probability.
Matrix logits_of(const Matrix& probabilities, bool many) {
  constexpr float kLeast = 1e-30F, kLeastApart = 1e-7F;
  Matrix out(probabilities.rows(), probabilities.cols());
  for (std::int64_t i = 0; i < out.rows(); ++i)
    for (std::int64_t l = 0; l < out.cols(); ++l) {
      const float p = probabilities.row(i)[l];
      const float inside = std::clamp(p, kLeastApart, 1 - kLeastApart);
      out.row(i)[l] = many ? std::log(inside / (1 - inside)) : std::log(std::max(p, kLeast));
    }
  return out;
}

}  // namespace

bool is_labelled_task(std::string_view task) {
  return task == "classify" || task == "multi_label" || task == "regress" || task == "rank";
}

ServedAnswers served_answers(const std::filesystem::path& model, const FinetuneConfig& config, const Examples& examples,
                             std::span<const std::int64_t> numbers) {
  LmOptions options;
  options.maximum_tokens = token_limit(model, config);
  const TextClassifier classifier(model, options);
  const auto others = examples.others.empty() ? std::vector<std::string>() : chosen(examples.others, numbers);
  ServedAnswers out{classifier.probabilities(chosen(examples.texts, numbers), others), classifier.labels()};
  if (config.finetune.task == "rank")  // scores are served as sigmoids, and averaged as such
    for (std::int64_t i = 0; i < out.values.rows(); ++i)
      out.values.row(i)[0] = 1 / (1 + std::exp(-out.values.row(i)[0]));
  return out;
}

ServedAnswers mean_answers(std::span<const ServedAnswers> answers) {
  const Matrix& first = answers.front().values;
  ServedAnswers out{Matrix(first.rows(), first.cols()), answers.front().labels};
  for (std::int64_t i = 0; i < first.rows(); ++i)
    for (std::int64_t l = 0; l < first.cols(); ++l) {
      float sum = 0;
      for (const ServedAnswers& one : answers) sum += one.values.row(i)[l];
      out.values.row(i)[l] = sum / static_cast<float>(answers.size());
    }
  return out;
}

Values answer_values(const ServedAnswers& answers, const FinetuneConfig& config, const Examples& examples,
                     std::span<const std::int64_t> numbers) {
  const std::string& task = config.finetune.task;
  if (task == "classify") {
    std::vector<std::int64_t> truth;
    for (const auto& one : truth_of(answers, config, examples, numbers)) truth.push_back(one.front());
    return one_label_values(logits_of(answers.values, /*many=*/false), truth);
  }
  if (task == "multi_label")
    return many_label_values(logits_of(answers.values, /*many=*/true), truth_of(answers, config, examples, numbers));
  const std::vector<double> all = label_values(examples);
  std::vector<double> truth;
  for (const std::int64_t i : numbers) truth.push_back(all[i]);
  if (task == "regress") return number_values(answers.values.values(), truth);
  std::vector<std::size_t> begins;
  for (std::size_t i = 0; i < numbers.size(); ++i)
    if (i == 0 || examples.texts[numbers[i]] != examples.texts[numbers[i - 1]]) begins.push_back(i);
  return ranking_values(answers.values.values(), truth, begins);
}

}  // namespace genre
