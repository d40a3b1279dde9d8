#include "genre/eval/metrics.h"

#include <cmath>
#include <cstdio>
#include <sstream>

#include "command.h"
#include "genre/engine/report_numbers.h"
#include "genre/eval/bootstrap.h"
#include "genre/eval/metric_variants.h"
#include "genre/eval/pointwise.h"
#include "genre/eval/trec.h"

namespace genre::app {
namespace {

struct MetricsArguments {
  std::string rankings, judgements, metrics = "ndcg@10,recall@10,map@10", compatible = "genre";
  bool per_user = false;
};

struct Measured {
  double mean;
  std::vector<double> values;  // one a query
};

Measured measure(const std::string& name, const MetricDefinition& definition, const TrecFiles& files) {
  if (const auto metric = parse_pointwise(name)) {
    const bool ranks = *metric == PointwiseMetric::kAuc || *metric == PointwiseMetric::kGauc;
    const ScoredPairs& pairs = ranks ? files.listed : files.judged;
    return {pointwise(*metric, pairs, definition.group), pointwise_per_query(*metric, pairs)};
  }
  Measured out{0, per_query(definition, parse_metric(name), files.rankings, files.judgements, files.relevances)};
  out.mean = bootstrap_mean(out.values, /*seed=*/7, /*resamples=*/100).value;
  return out;
}

void run(const MetricsArguments& arguments) {
  const MetricDefinition definition = metric_definition(arguments.compatible);
  std::vector<std::string> names;
  std::istringstream in(arguments.metrics);
  for (std::string name; std::getline(in, name, ',');) names.push_back(name);
  for (const auto& name : names)
    if (!parse_pointwise(name)) parse_metric(name);
  TrecFiles files = read_trec(arguments.rankings, arguments.judgements);
  order_ties(files.rankings, definition.ties);
  auto means = nlohmann::ordered_json::object(), users = nlohmann::ordered_json::object();
  for (const auto& name : names) {
    const Measured measured = measure(name, definition, files);
    means[name] = number(measured.mean);
    if (arguments.per_user)
      for (std::size_t q = 0; q < measured.values.size(); ++q)
        users[files.queries[q]][name] = number(measured.values[q]);
  }
  if (output().json) {
    nlohmann::ordered_json out = {{"definition", definition.id}, {"metrics", means}};
    if (arguments.per_user) out["users"] = users;
    return print_json("metrics", out);
  }
  for (const auto& [name, value] : means.items()) std::printf("%-14s %s\n", name.c_str(), value.dump().c_str());
  for (const auto& [user, values] : users.items())
    for (const auto& [name, value] : values.items())
      std::printf("%s\t%s\t%s\n", user.c_str(), name.c_str(), value.dump().c_str());
}

}  // namespace

void add_metrics(CLI::App& app) {
  auto arguments = std::make_shared<MetricsArguments>();
  auto* const verb =
      add_verb(app, "metrics", "measure rankings of any program in TREC format",
               "  genre metrics --rankings lists.trec --judgements truth.trec --metrics ndcg@10,map@20\n");
  verb->add_option("--rankings", arguments->rankings, "lines of: query Q0 item rank score tag")->required();
  verb->add_option("--judgements", arguments->judgements, "lines of: query 0 item relevance")->required();
  verb->add_option(
          "--metrics", arguments->metrics,
          "names joined by commas: ndcg@K, recall@K, precision@K, map@K, mrr@K, hr@K, auc, gauc, rmse, mae, log_loss")
      ->capture_default_str();
  verb->add_option("--compatible", arguments->compatible,
                   "measure as another program does: trec_eval, recbole, rectools, liang, polimi, mind, elliot")
      ->capture_default_str();
  verb->add_flag("--per-user", arguments->per_user, "also one value a query");
  verb->callback([arguments] { run(*arguments); });
}

}  // namespace genre::app
