#include <algorithm>
#include <cstdio>

#include "data_verbs.h"
#include "genre/base/progress.h"
#include "genre/finetune/label_suggestions.h"
#include "genre/lm/catalogue.h"
#include "genre/lm/ensemble.h"
#include "genre/lm/text_classifier.h"
#include "genre/lm/text_encoder.h"
#include "lm_verbs.h"

namespace genre::app {
namespace {

struct DataSuggestLabelsArguments {
  std::string model, input = "-", by = "entropy";
  std::int64_t count = 50;
  double diversity = 1;
};

void suggest(const DataSuggestLabelsArguments& arguments) {
  const auto folder = resolve_model(arguments.model);
  LmOptions options;
  options.model = arguments.model;
  auto texts = read_lines(arguments.input);
  std::ranges::sort(texts);
  texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
  std::erase(texts, "");
  const TextClassifier classifier(folder, options);
  Progress progress("classify", static_cast<std::int64_t>(texts.size()));
  const Matrix probabilities = classifier.probabilities(texts, [&](std::int64_t done) { progress.advance(done); });
  const auto uncertain =
      uncertainties(probabilities.view(), arguments.by == "margin" ? Uncertainty::kMargin : Uncertainty::kEntropy);
  Matrix vectors(0, 0);
  if (arguments.diversity > 0) vectors = TextEncoder(ensemble_members(folder).front(), options).encode(texts);
  for (const std::int64_t i : suggest_labels(uncertain, vectors.view(), arguments.diversity, arguments.count)) {
    const auto row = probabilities.row(i);
    const auto best = static_cast<std::size_t>(std::ranges::max_element(row) - row.begin());
    const nlohmann::ordered_json line = {
        {"text", texts[i]}, {"uncertainty", uncertain[i]}, {"guess", classifier.labels()[best]}};
    std::puts(line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace).c_str());
  }
}

}  // namespace

void add_data_suggest_labels(CLI::App& data) {
  auto arguments = std::make_shared<DataSuggestLabelsArguments>();
  auto* const verb = add_verb(
      data, "suggest-labels", "read texts, one a line, and write those whose labels a classifier would learn most from",
      "  genre data suggest-labels --model runs/classify-MODEL/model --input texts.txt -n 50\n");
  verb->add_option("--model", arguments->model, "catalogue name or folder of a sequence classifier")->required();
  verb->add_option("--input", arguments->input, "file with one text a line, or -")->capture_default_str();
  verb->add_option("-n", arguments->count, "texts to write")->check(CLI::Range(1, 1'000'000))->capture_default_str();
  verb->add_option("--by", arguments->by, "how uncertain the classifier is: entropy or margin")
      ->check(CLI::IsMember({"entropy", "margin"}))
      ->capture_default_str();
  verb->add_option("--diversity", arguments->diversity,
                   "power of the distance to what was chosen before; 0: uncertainty alone")
      ->check(CLI::Range(0.0, 100.0))
      ->capture_default_str();
  verb->callback([arguments] { suggest(*arguments); });
}

}  // namespace genre::app
