#include "genre/config/fields.h"

#include <gtest/gtest.h>

#include "genre/base/error.h"
#include "genre/config/layers.h"
#include "genre/config/schema.h"
#include "genre/config/toml.h"

namespace genre::config {
namespace {

struct Source {
  std::string path;
  std::map<std::string, ColumnRef> columns;
  void fields(Fields& f) {
    f.text("path", path, "file to read", InDigest::kNo);
    f.columns("columns", columns, "columns");
  }
};

struct Knn : NamedOptions {
  int neighbours = 100;
  std::string similarity = "cosine";
  std::string_view name() const override { return "item_knn"; }
  void fields(Fields& f) override {
    f.integer("neighbours", neighbours, {1, 100000}, "neighbours");
    f.choice("similarity", similarity, {"cosine", "dot"}, "similarity");
  }
};

struct Ease : NamedOptions {
  double l2 = 250;
  std::string_view name() const override { return "ease"; }
  void fields(Fields& f) override { f.number("l2", l2, {.minimum = 0}, "penalty"); }
};

std::vector<Alternative> models() {
  return {{"item_knn", "neighbours", [] { return std::make_shared<Knn>(); }},
          {"ease", "linear", [] { return std::make_shared<Ease>(); }}};
}

struct Example {
  std::int64_t seed = 7;
  int threads = 0;
  bool cold = false;
  std::vector<double> ratio = {0.8, 0.2};
  std::map<std::string, double> reported;
  std::vector<Source> sources;
  std::map<std::string, Source> by_name;
  std::shared_ptr<NamedOptions> model;
  void fields(Fields& f) {
    f.integer("seed", seed, {.minimum = 0}, "seed");
    f.integer("threads", threads, {0, 1024}, "threads", InDigest::kNo);
    f.flag("cold", cold, "cold");
    f.numbers("ratio", ratio, {0, 1}, "ratio");
    f.numbers("reported", reported, {0, 1}, "reported", InDigest::kNo);
    f.list("sources", sources, "sources");
    f.map("by_name", by_name, "by name");
    f.named("model", model, &models, "model");
  }
};

Example load(const std::string& text) {
  Example out;
  Fields f;
  out.fields(f);
  apply(parse_toml(text, "x.toml"), f);
  return out;
}

std::string error_of(const std::string& text) {
  try {
    load(text);
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::kConfig);
    return std::string(e.what()) + " | " + e.hint();
  }
  return "accepted";
}

TEST(Fields, LoadsEveryKind) {
  const Example x = load(
      "seed = 3\ncold = true\nratio = [1, 0.5]\n[[sources]]\npath = 'a'\ncolumns = { user = 0, item = 'sku' }\n"
      "[by_name.b]\npath = 'c'\n[model]\nname = 'ease'\nl2 = 3\n");
  EXPECT_EQ(x.seed, 3);
  EXPECT_TRUE(x.cold);
  EXPECT_EQ(x.ratio, (std::vector<double>{1, 0.5}));
  EXPECT_EQ(x.sources.at(0).columns.at("user").index, 0);
  EXPECT_EQ(x.sources.at(0).columns.at("item").name, "sku");
  EXPECT_EQ(x.by_name.at("b").path, "c");
  EXPECT_EQ(dynamic_cast<Ease&>(*x.model).l2, 3.0);
}

TEST(Fields, AllFaultsAreReportedTogetherWithPlaceAndNearestName) {
  const std::string text =
      error_of("sede = 3\ncold = 1\n[model]\nname = 'item_knn'\nneighbors = 5\nsimilarity = 'cosin'\n");
  EXPECT_NE(text.find("4 faults"), std::string::npos) << text;
  EXPECT_NE(text.find("x.toml:1: unknown key 'sede' (did you mean 'seed'?)"), std::string::npos) << text;
  EXPECT_NE(text.find("x.toml:2: 'cold' wants true or false, found integer 1"), std::string::npos) << text;
  EXPECT_NE(text.find("x.toml:5: unknown key 'model.neighbors' (did you mean 'model.neighbours'?)"), std::string::npos)
      << text;
  EXPECT_NE(text.find("did you mean \"cosine\"?"), std::string::npos) << text;
}

TEST(Fields, RangesRejectOutsideAndNan) {
  EXPECT_EQ(error_of("seed = -1"), "'seed' is -1, wanted >= 0 at x.toml:1 | ");
  EXPECT_EQ(error_of("ratio = [nan]"), "'ratio' is nan, wanted 0 to 1 at x.toml:1 | ");
  EXPECT_EQ(error_of("threads = 5000000000"), "'threads' is 5000000000, wanted 0 to 1024 at x.toml:1 | ");
}

TEST(Fields, ATableOfNumbersHasNamesOfTheWritersChoice) {
  EXPECT_EQ(load("reported = { \"ndcg@10\" = 0.5, x = 1 }").reported,
            (std::map<std::string, double>{{"ndcg@10", 0.5}, {"x", 1}}));
  EXPECT_EQ(error_of("[reported]\nx = nan"), "'reported.x' is nan, wanted 0 to 1 at x.toml:2 | ");
  EXPECT_EQ(error_of("[reported]\nx = 'y'"), "'reported.x' wants a number, found text \"y\" at x.toml:2 | ");
  EXPECT_EQ(error_of("reported = 1"), "'reported' wants a table, found integer 1 at x.toml:1 | ");
}

TEST(Fields, MisspelledModelNameKeyAndValueAreNamed) {
  EXPECT_EQ(error_of("[model]\nnmae = 'ease'"),
            "'model.name' is missing at x.toml:2 | 'model.nmae' looks like 'model.name'");
  EXPECT_EQ(error_of("[model]\nname = 'eese'"),
            "'model.name' is \"eese\", which is unknown at x.toml:2 | did you mean \"ease\"?");
}

TEST(Fields, ValuesRoundTripThroughToml) {
  Example x =
      load("reported = { \"a b\" = 0.5 }\n[model]\nname = 'item_knn'\nneighbours = 9\n[[sources]]\npath = 'a'\n");
  Fields f;
  x.fields(f);
  Example again = load(to_toml(f.values()));
  Fields g;
  again.fields(g);
  EXPECT_EQ(to_json(f.values()), to_json(g.values()));
  EXPECT_EQ(dynamic_cast<Knn&>(*again.model).neighbours, 9);
  EXPECT_EQ(again.reported, x.reported);
}

TEST(Fields, DigestLeavesOutPathsAndThreads) {
  const auto digest_of = [](const std::string& text) {
    Example x = load(text);
    Fields f;
    x.fields(f);
    return digest(f);
  };
  EXPECT_EQ(digest_of("threads = 1\n[[sources]]\npath = 'a'"), digest_of("threads = 2\n[[sources]]\npath = 'b'"));
  EXPECT_NE(digest_of("seed = 1"), digest_of("seed = 2"));
  EXPECT_EQ(digest_of(""), digest_of("seed = 7"));
  EXPECT_EQ(digest_of(""), digest_of("reported = { x = 1 }"));
}

}  // namespace
}  // namespace genre::config
