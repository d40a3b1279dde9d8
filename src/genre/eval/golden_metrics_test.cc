// Agreement with trec_eval on the files of tests/golden/make_metrics_golden.py.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <sstream>

#include "genre/base/file.h"
#include "genre/eval/metrics.h"
#include "genre/eval/trec.h"

namespace genre {
namespace {

std::map<std::pair<std::string, std::string>, double> golden_values(const std::filesystem::path& path) {
  std::map<std::pair<std::string, std::string>, double> out;
  std::istringstream lines(read_file(path));
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with('#')) continue;
    std::istringstream columns(line);
    std::string query, measure;
    double value = 0;
    columns >> query >> measure >> value;
    out[{query, measure}] = value;
  }
  return out;
}

TEST(MetricsGolden, AgreeWithTrecEval) {
  const std::filesystem::path folder = std::filesystem::path(GENRE_SOURCE_DIR) / "tests/golden";
  const TrecFiles files = read_trec(folder / "metrics.run", folder / "metrics.qrels");
  const auto golden = golden_values(folder / "metrics.tsv");
  ASSERT_EQ(files.queries.size(), 12u);
  const std::map<std::string, std::string> theirs = {
      {"ndcg", "ndcg_cut"}, {"recall", "recall"}, {"precision", "P"}, {"map", "map_cut"}, {"hr", "success"}};
  for (const auto& [ours, measure] : theirs) {
    for (const int k : {1, 5, 10}) {
      const auto values = per_query(parse_metric(ours + "@" + std::to_string(k)), files.rankings, files.judgements);
      for (std::size_t q = 0; q < files.queries.size(); ++q) {
        double wanted = golden.at({files.queries[q], measure + "_" + std::to_string(k)});
        // map_cut divides by all relevant items, the house definition by those that fit into k.
        const auto relevant = static_cast<double>(files.judgements.relevant(static_cast<std::int64_t>(q)).size());
        if (ours == "map") wanted *= relevant / std::min<double>(k, relevant);
        EXPECT_NEAR(values[q], wanted, 1e-9) << ours << "@" << k << " of " << files.queries[q];
      }
    }
  }
  const auto reciprocal = per_query(parse_metric("mrr@1000"), files.rankings, files.judgements);
  for (std::size_t q = 0; q < files.queries.size(); ++q)
    EXPECT_NEAR(reciprocal[q], golden.at({files.queries[q], "recip_rank"}), 1e-9);
}

}  // namespace
}  // namespace genre
