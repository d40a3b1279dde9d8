#include <algorithm>
#include <cstdio>
#include <numeric>

#include "genre/base/progress.h"
#include "genre/lm/catalogue.h"
#include "genre/lm/cross_encoder.h"
#include "lm_verbs.h"

namespace genre::app {
namespace {

struct LmRankArguments {
  LmOptions lm;
  std::string query, input = "-";
  std::size_t k = 0;
};

void rank(const LmRankArguments& arguments) {
  const CrossEncoder encoder(resolve_model(arguments.lm.model), arguments.lm);
  const auto texts = read_lines(arguments.input);
  Progress progress("rank", static_cast<std::int64_t>(texts.size()));
  const auto scores = encoder.scores(arguments.query, texts, [&](std::int64_t done) { progress.advance(done); });
  std::vector<std::size_t> order(texts.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
  if (arguments.k > 0) order.resize(std::min(order.size(), arguments.k));
  auto results = nlohmann::ordered_json::array();
  for (const std::size_t i : order) {
    if (output().json)
      results.push_back({{"line", i + 1}, {"score", scores[i]}, {"text", texts[i]}});
    else
      std::printf("%.6f\t%s\n", static_cast<double>(scores[i]), texts[i].c_str());
  }
  if (output().json) print_json("lm.rank", {{"query", arguments.query}, {"results", results}});
}

}  // namespace

void add_lm_rank(CLI::App& parent) {
  auto arguments = std::make_shared<LmRankArguments>();
  auto* const verb = add_verb(parent, "rank",
                              "read texts, one a line, write them with their scores for a query, the best first (a "
                              "cross-encoder reads query and text together)",
                              "  genre lm rank --model ./ms-marco-MiniLM-L-6-v2 --query 'war movies' < titles.txt\n");
  auto* const lm = &arguments->lm;
  verb->add_option("--model", lm->model, "catalogue name or folder of a cross-encoder")->required();
  verb->add_option("--query", arguments->query, "what the texts are compared with")->required();
  verb->add_option("--input", arguments->input, "file with one text a line, or -")->capture_default_str();
  verb->add_option("-k", arguments->k, "write only the best k (0: all)")->capture_default_str();
  verb->add_option("--max-tokens", lm->maximum_tokens,
                   "truncate query and text together to so many tokens (0: the model's own limit)")
      ->capture_default_str();
  add_precision_option(*verb, lm->precision);
  verb->callback([arguments] { rank(*arguments); });
}

}  // namespace genre::app
