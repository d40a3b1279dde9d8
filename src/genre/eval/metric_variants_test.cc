#include "genre/eval/metric_variants.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "genre/base/error.h"
#include "genre/base/random.h"

namespace genre {
namespace {

// List 1 2 3 4; relevant 2 (grade 1), 4 (grade 3), 7 and 8 (grade 2); cut-off 3 finds item 2 at rank 2.
const Rankings kRankings{{0, 4, 4}, {1, 2, 3, 4}, {4, 3, 2, 1}};
const Judgements kJudgements{{0, 4, 5}, {2, 4, 7, 8, 9}};
const std::vector<float> kRelevances = {1, 3, 2, 2, 1};

double value(const std::string& program, const std::string& metric) {
  return per_query(metric_definition(program), parse_metric(metric), kRankings, kJudgements, kRelevances).front();
}

TEST(MetricVariants, TheHouseDefinitionIsTheFastOne) {
  RandomStream random(4, "variants");
  Rankings rankings;
  Judgements judgements;
  std::vector<int> items(40);
  for (int q = 0; q < 200; ++q) {
    std::iota(items.begin(), items.end(), 0);
    random.shuffle(std::span(items));
    rankings.items.insert(rankings.items.end(), items.begin(), items.begin() + static_cast<int>(random.below(30)));
    rankings.offsets.push_back(static_cast<std::int64_t>(rankings.items.size()));
    for (int item = 0; item < 40; ++item)
      if (random.uniform() < 0.2) judgements.items.push_back(item);
    judgements.offsets.push_back(static_cast<std::int64_t>(judgements.items.size()));
  }
  for (const char* name : {"ndcg@1", "ndcg@10", "recall@5", "precision@7", "map@10", "mrr@20", "hr@3"}) {
    const auto fast = per_query(parse_metric(name), rankings, judgements);
    const auto general = per_query(MetricDefinition{}, parse_metric(name), rankings, judgements, {});
    for (std::size_t q = 0; q < fast.size(); ++q) EXPECT_NEAR(general[q], fast[q], 1e-12) << name << " of " << q;
  }
}

TEST(MetricVariants, IdealOfNdcgIsWhatTheDefinitionSays) {
  const double hit = 1 / std::log2(3.0);
  const auto ideal = [](int length) {
    double sum = 0;
    for (int r = 1; r <= length; ++r) sum += 1 / std::log2(r + 1.0);
    return sum;
  };
  EXPECT_DOUBLE_EQ(value("genre", "ndcg@3"), hit / ideal(3));
  EXPECT_DOUBLE_EQ(value("polimi", "ndcg@3"), hit / ideal(4));
  const Judgements one{{0, 1, 2}, {2, 9}};
  const auto at = [&](const char* program) {
    return per_query(metric_definition(program), parse_metric("ndcg@3"), kRankings, one, {}).front();
  };
  EXPECT_DOUBLE_EQ(at("genre"), hit / ideal(1));
  EXPECT_DOUBLE_EQ(at("rectools"), hit / ideal(3));
}

TEST(MetricVariants, GainsAreBinaryLinearOrExponential) {
  const double second = 1 / std::log2(3.0), third = 0.5, fourth = 1 / std::log2(5.0);
  EXPECT_DOUBLE_EQ(value("trec_eval", "ndcg@4"), (1 * second + 3 * fourth) / (3 + 2 * second + 2 * third + 1 * fourth));
  EXPECT_DOUBLE_EQ(value("mind", "ndcg@4"), (1 * second + 7 * fourth) / (7 + 3 * second + 3 * third + 1 * fourth));
  EXPECT_DOUBLE_EQ(value("elliot", "ndcg@4"), value("mind", "ndcg@4"));
}

TEST(MetricVariants, DenominatorsDiffer) {
  EXPECT_DOUBLE_EQ(value("genre", "recall@3"), 1.0 / 4);
  EXPECT_DOUBLE_EQ(value("liang", "recall@3"), 1.0 / 3);
  EXPECT_DOUBLE_EQ(value("genre", "precision@8"), 2.0 / 8);
  EXPECT_DOUBLE_EQ(value("polimi", "precision@8"), 2.0 / 4);
  EXPECT_DOUBLE_EQ(value("genre", "map@3"), 0.5 / 3);
  EXPECT_DOUBLE_EQ(value("trec_eval", "map@3"), 0.5 / 4);
  EXPECT_DOUBLE_EQ(value("genre", "mrr@4"), 0.5);
  EXPECT_DOUBLE_EQ(value("mind", "mrr@4"), (0.5 + 0.25) / 4);
}

TEST(MetricVariants, AQueryWithoutAListIsZeroOrLeftOut) {
  const auto of = [&](const char* program) {
    return per_query(metric_definition(program), parse_metric("hr@3"), kRankings, kJudgements, kRelevances).back();
  };
  EXPECT_EQ(of("genre"), 0);
  EXPECT_TRUE(std::isnan(of("trec_eval")));
}

TEST(MetricVariants, UnknownProgramsAreRefusedWithTheNearest) {
  try {
    metric_definition("rectool");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUsage);
    EXPECT_NE(error.hint().find("rectools"), std::string::npos);
  }
  for (const auto& name : metric_definition_names()) EXPECT_NO_THROW(metric_definition(name));
}

}  // namespace
}  // namespace genre
