#include "genre/eval/metrics.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdio>
#include <sstream>

#include "command.h"
#include "genre/eval/bootstrap.h"
#include "genre/eval/trec.h"

namespace genre::app {
namespace {

struct Arguments {
  std::string rankings, judgements, metrics = "ndcg@10,recall@10,map@10";
  bool per_user = false;
};

nlohmann::ordered_json number(double value) {
  return std::isfinite(value) ? nlohmann::ordered_json(value) : nlohmann::ordered_json(nullptr);
}

void run(const Arguments& arguments) {
  std::vector<std::string> names;
  std::istringstream in(arguments.metrics);
  for (std::string name; std::getline(in, name, ',');) names.push_back(name);
  const auto metrics = parse_metrics(names);
  const TrecFiles files = read_trec(arguments.rankings, arguments.judgements);
  auto means = nlohmann::ordered_json::object(), users = nlohmann::ordered_json::object();
  for (const Metric& metric : metrics) {
    const auto values = per_query(metric, files.rankings, files.judgements);
    means[metric.name()] = number(bootstrap_mean(values, /*seed=*/7, /*resamples=*/100).value);
    if (arguments.per_user)
      for (std::size_t q = 0; q < values.size(); ++q) users[files.queries[q]][metric.name()] = number(values[q]);
  }
  if (output().json) {
    nlohmann::ordered_json out = {{"definition", kMetricDefinition}, {"metrics", means}};
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
  auto arguments = std::make_shared<Arguments>();
  auto* const verb =
      add_verb(app, "metrics", "measure rankings of any program in TREC format",
               "  genre metrics --rankings lists.trec --judgements truth.trec --metrics ndcg@10,map@20\n");
  verb->add_option("--rankings", arguments->rankings, "lines of: query Q0 item rank score tag")->required();
  verb->add_option("--judgements", arguments->judgements, "lines of: query 0 item relevance")->required();
  verb->add_option("--metrics", arguments->metrics, "names joined by commas")->capture_default_str();
  verb->add_flag("--per-user", arguments->per_user, "also one value a query");
  verb->callback([arguments] { run(*arguments); });
}

}  // namespace genre::app
