// Agreement with trec_eval, RecTools and scikit-learn on the files of tests/golden/make_compatible_golden.py.
#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <sstream>

#include "genre/base/file.h"
#include "genre/eval/bootstrap.h"
#include "genre/eval/metric_variants.h"
#include "genre/eval/pointwise.h"
#include "genre/eval/trec.h"

namespace genre {
namespace {

double ours(const MetricDefinition& definition, const std::string& name, const TrecFiles& files) {
  if (const auto metric = parse_pointwise(name)) {
    const bool ranks = *metric == PointwiseMetric::kAuc || *metric == PointwiseMetric::kGauc;
    return pointwise(*metric, ranks ? files.listed : files.judged, definition.group);
  }
  Rankings rankings = files.rankings;
  order_ties(rankings, definition.ties);
  return bootstrap_mean(per_query(definition, parse_metric(name), rankings, files.judgements, files.relevances), 7, 100)
      .value;
}

TEST(CompatibleGolden, EveryProgramsOwnAnswerIsReproduced) {
  const std::filesystem::path folder = std::filesystem::path(GENRE_SOURCE_DIR) / "tests/golden";
  const TrecFiles files = read_trec(folder / "compatible.run", folder / "compatible.qrels");
  std::istringstream lines(read_file(folder / "compatible.tsv"));
  std::set<std::string> programs;
  int compared = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with('#')) continue;
    std::istringstream columns(line);
    std::string program, metric;
    double wanted = 0;
    columns >> program >> metric >> wanted;
    EXPECT_NEAR(ours(metric_definition(program), metric, files), wanted, 1e-7) << program << " " << metric;
    programs.insert(program);
    ++compared;
  }
  EXPECT_EQ(programs, (std::set<std::string>{"genre", "mind", "rectools", "trec_eval"}));
  EXPECT_EQ(compared, 39);
}

}  // namespace
}  // namespace genre
