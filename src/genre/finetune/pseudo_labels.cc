#include "genre/finetune/pseudo_labels.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "genre/base/error.h"
#include "genre/base/file.h"
#include "genre/finetune/examples.h"
#include "genre/finetune/served_values.h"
#include "genre/lm/catalogue.h"

namespace genre {
namespace {

using Json = nlohmann::ordered_json;

// How many texts of each label are learnt from, where so many are confident.
std::vector<std::size_t> balanced(const std::vector<std::size_t>& confident, std::span<const double> shares,
                                  const std::string& balance) {
  if (balance == "none") return confident;
  const auto share = [&](std::size_t label) { return balance == "equal" ? 1.0 : shares[label]; };
  double total = std::numeric_limits<double>::infinity();
  for (std::size_t l = 0; l < confident.size(); ++l)
    if (confident[l] > 0 && share(l) > 0) total = std::min(total, static_cast<double>(confident[l]) / share(l));
  std::vector<std::size_t> out;
  for (std::size_t l = 0; l < confident.size(); ++l)
    out.push_back(confident[l] == 0 || share(l) <= 0 ? 0 : static_cast<std::size_t>(total * share(l) + 1e-9));
  return out;
}

// Of each label among the training examples.
std::vector<double> label_shares(const Examples& examples, const std::vector<std::string>& labels) {
  std::vector<double> out(labels.size());
  const auto train = examples.of(Part::kTrain);
  for (const std::int64_t i : train)
    for (std::size_t l = 0; l < labels.size(); ++l)
      if (labels[l] == examples.labels[i]) out[l] += 1 / static_cast<double>(train.size());
  return out;
}

}  // namespace

std::vector<PseudoLabel> choose_pseudo_labels(ConstMatrixView probabilities, std::span<const double> shares,
                                              const PseudoLabelOptions& options) {
  std::vector<std::vector<PseudoLabel>> by_label(static_cast<std::size_t>(probabilities.cols()));
  for (std::int64_t i = 0; i < probabilities.rows(); ++i) {
    const auto row = probabilities.row(i);
    const auto best = static_cast<std::int32_t>(std::ranges::max_element(row) - row.begin());
    if (static_cast<double>(row[best]) >= options.threshold) by_label[best].push_back({i, best, row[best]});
  }
  std::vector<std::size_t> confident;
  for (const auto& some : by_label) confident.push_back(some.size());
  const auto counts = balanced(confident, shares, options.balance);
  std::vector<PseudoLabel> out;
  for (std::size_t l = 0; l < by_label.size(); ++l) {
    std::ranges::stable_sort(by_label[l], std::greater(), &PseudoLabel::confidence);
    by_label[l].resize(std::min(by_label[l].size(), counts[l]));
    out.insert(out.end(), by_label[l].begin(), by_label[l].end());
  }
  std::ranges::sort(out, {}, &PseudoLabel::text);
  return out;
}

Json write_pseudo_labels(const FinetuneConfig& config, const std::filesystem::path& teacher,
                         const std::filesystem::path& file) {
  const Examples labelled = read_examples(config, labelled_columns(config.finetune.task));
  Examples unlabelled;
  unlabelled.texts = read_unlabelled(config, labelled);
  std::vector<std::int64_t> numbers;
  for (std::size_t i = 0; i < unlabelled.texts.size(); ++i) numbers.push_back(static_cast<std::int64_t>(i));
  const ServedAnswers answers = served_answers(teacher, config, unlabelled, numbers);
  if (answers.labels != one_label(labelled, config.finetune.labels).names)
    throw Error(ErrorCode::kConfig, "the teacher does not have the labels of the examples, one a text",
                "train it on the same labels", {.key = "finetune.pseudo_labels.teacher"});
  PseudoLabelOptions unbalanced = config.finetune.pseudo_labels;
  unbalanced.balance = "none";
  const auto shares = label_shares(labelled, answers.labels);
  const auto confident = choose_pseudo_labels(answers.values, shares, unbalanced);
  const auto learnt = choose_pseudo_labels(answers.values, shares, config.finetune.pseudo_labels);
  std::string lines;
  for (const PseudoLabel& one : learnt)
    lines += Json({{"text", unlabelled.texts[one.text]},
                   {"label", answers.labels[one.label]},
                   {"confidence", one.confidence}})
                 .dump(-1, ' ', false, Json::error_handler_t::replace) +
             "\n";
  write_file_atomic(file, lines);
  Json out = {{"texts", unlabelled.texts.size()}, {"confident", confident.size()}, {"learnt", learnt.size()}};
  for (std::size_t l = 0; l < answers.labels.size(); ++l) {
    const auto count = [&](const std::vector<PseudoLabel>& some) {
      return std::ranges::count(some, static_cast<std::int32_t>(l), &PseudoLabel::label);
    };
    out["labels"][answers.labels[l]] = {{"confident", count(confident)}, {"learnt", count(learnt)}};
  }
  return out;
}

}  // namespace genre
