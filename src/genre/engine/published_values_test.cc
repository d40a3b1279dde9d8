#include "genre/engine/published_values.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "genre/base/error.h"
#include "genre/config/layers.h"
#include "genre/config/toml.h"

namespace genre {
namespace {

constexpr const char* kConfig = R"(
[evaluate]
metrics = ["ndcg@10", "recall@10"]
published_source = "a paper"
[[models]]
name = "popularity"
[[models]]
name = "ease"
l2 = 10.0
published = { "ndcg@10" = 0.25, "recall@10" = 0.5 }
)";

EngineConfig load(const std::string& text) {
  EngineConfig out;
  config::Fields f;
  out.fields(f);
  config::apply(config::parse_toml(text, "x.toml"), f);
  return out;
}

std::string without_published(const std::string& text) { return text.substr(0, text.find("published = {")); }

TEST(PublishedValues, StandBesideTheParametersAndInNoDigest) {
  const EngineConfig config = load(kConfig), plain = load(without_published(kConfig));
  const PublishedValues published = published_values(config);
  EXPECT_EQ(published.source, "a paper");
  ASSERT_EQ(published.models.size(), 2u);
  EXPECT_TRUE(published.models[0].empty());
  EXPECT_EQ(published.models[1], (std::map<std::string, double>{{"ndcg@10", 0.25}, {"recall@10", 0.5}}));
  EXPECT_EQ(config.digest(), plain.digest());
  EXPECT_EQ(config.recommenders()[1]->name(), "ease");
  EXPECT_TRUE(published_values(plain).empty());
  EXPECT_TRUE(published_values(load("[model]\nname = 'ease'")).empty());
}

TEST(PublishedValues, SurviveTheResolvedConfiguration) {
  EngineConfig config = load(kConfig);
  config::Fields f;
  config.fields(f);
  EXPECT_EQ(published_values(load(config::to_toml(f.values()))).models, published_values(config).models);
}

TEST(PublishedValues, OfAMetricThatIsNotEvaluatedAreRefusedWithTheirKey) {
  const EngineConfig config = load("[[models]]\nname = 'ease'\npublished = { \"ndcg@11\" = 0.25 }");
  try {
    published_values(config);
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::kConfig);
    EXPECT_EQ(e.place().key, "models[0].published.ndcg@11");
    EXPECT_NE(e.hint().find("ndcg@10, recall@10"), std::string::npos);
  }
}

TEST(PublishedValues, WhatIsNoFiniteNumberIsRefused) {
  for (const auto* value : {"nan", "inf", "-0.1", "'0.2'", "[0.2]", "{ low = 0.1 }"})
    EXPECT_THROW(load(std::string("[[models]]\nname = 'ease'\npublished = { \"ndcg@10\" = ") + value + " }"), Error)
        << value;
  EXPECT_THROW(load("[[models]]\nname = 'ease'\npublished = 0.2"), Error);
  EXPECT_THROW(load("[model]\nname = 'ease'\npublished = { \"ndcg@10\" = 0.2 }"), Error);  // [[models]] only
}

TEST(PublishedValues, ComeIntoTheResultsOfTheirModelAndIntoATable) {
  auto evaluation = nlohmann::ordered_json::parse(R"({"results":[
    {"model":"popularity","metrics":{"ndcg@10":{"value":0.1},"recall@10":{"value":0.2}}},
    {"model":"ease","metrics":{"ndcg@10":{"value":0.3},"recall@10":{"value":null}}}]})");
  add_published(evaluation, published_values(load(kConfig)));
  EXPECT_FALSE(evaluation["results"][0].contains("published"));
  EXPECT_EQ(evaluation["results"][1]["published"]["ndcg@10"], 0.25);
  EXPECT_EQ(evaluation["published_source"], "a paper");
  const ReportTable table = published_table(evaluation);
  EXPECT_EQ(table.caption, "Published: a paper");
  EXPECT_EQ(table.rows, (std::vector<std::vector<std::string>>{{"ease", "ndcg@10", "0.3000", "0.2500", "+0.0500"},
                                                               {"ease", "recall@10", "–", "0.5000", "–"}}));
}

}  // namespace
}  // namespace genre
