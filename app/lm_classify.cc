#include <algorithm>
#include <cstdio>

#include "genre/base/progress.h"
#include "genre/lm/catalogue.h"
#include "genre/lm/text_classifier.h"
#include "lm_verbs.h"

namespace genre::app {
namespace {

struct LmClassifyArguments {
  LmOptions lm;
  std::string input = "-";
};

void classify(const LmClassifyArguments& arguments) {
  const TextClassifier classifier(resolve_model(arguments.lm.model), arguments.lm);
  const auto texts = read_lines(arguments.input);
  Progress progress("classify", static_cast<std::int64_t>(texts.size()));
  const Matrix found = classifier.probabilities(texts, [&](std::int64_t done) { progress.advance(done); });
  for (std::int64_t i = 0; i < found.rows(); ++i) {
    const auto row = found.row(i);
    nlohmann::ordered_json probabilities = nlohmann::ordered_json::object();
    for (std::size_t l = 0; l < row.size(); ++l) probabilities[classifier.labels()[l]] = row[l];
    const auto best = static_cast<std::size_t>(std::ranges::max_element(row) - row.begin());
    const nlohmann::ordered_json line = {{"label", classifier.labels()[best]}, {"probabilities", probabilities}};
    std::puts(line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace).c_str());
  }
}

}  // namespace

void add_lm_classify(CLI::App& parent) {
  auto arguments = std::make_shared<LmClassifyArguments>();
  auto* const verb =
      add_verb(parent, "classify", "read texts, one a line, write {label, probabilities{}} of each as a line of JSON",
               "  echo 'what a film' | genre lm classify --model ./sentiment\n");
  auto* const lm = &arguments->lm;
  verb->add_option("--model", lm->model, "catalogue name or folder of a sequence classifier")->required();
  verb->add_option("--input", arguments->input, "file with one text a line, or -")->capture_default_str();
  verb->add_option("--max-tokens", lm->maximum_tokens, "truncate to so many tokens (0: the model's own limit)")
      ->capture_default_str();
  add_precision_option(*verb, lm->precision);
  verb->callback([arguments] { classify(*arguments); });
}

}  // namespace genre::app
