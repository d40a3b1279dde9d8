#include "genre/engine/config.h"

#include <gtest/gtest.h>

#include "genre/base/error.h"
#include "genre/config/layers.h"
#include "genre/config/toml.h"

namespace genre {
namespace {

EngineConfig load(const std::string& text) {
  EngineConfig out;
  config::Fields f;
  out.fields(f);
  config::apply(config::parse_toml(text, "x.toml"), f);
  return out;
}

TEST(EngineConfig, ReadsTheContractsExample) {
  const EngineConfig config = load(R"(
seed = 7
threads = 0
[data]
name = "ml-100k"
[[data.interactions]]
path = "u.data"
format = "csv"
delimiter = "\t"
header = false
encoding = "utf-8"
columns = { user = 0, item = 1, value = 2, time = 3 }
type = "rating"
[[data.items]]
path = "u.item"
columns = { id = 0, title = 1 }
[data.events.rating]
weight = 1.0
positive = "value >= 4"
[data.clean]
duplicates = "last"
k_core = { user = 5, item = 5 }
[data.split]
kind = "temporal"
ratio = [0.8, 0.1, 0.1]
[item_text]
template = "{title} ({year}). {genres}"
[lm]
model = "all-MiniLM-L6-v2"
precision = "fp32"
[model]
name = "ease"
l2 = 292.0
[evaluate]
metrics = ["ndcg@10", "recall@20", "map@20"]
candidates = "all"
)");
  EXPECT_EQ(config.recommenders().size(), 1u);
  EXPECT_EQ(config.recommenders().front()->name(), "ease");
  EXPECT_FALSE(config.wants_language_model());
}

TEST(EngineConfig, ExactlyOneOfModelAndModelsIsNeeded) {
  EXPECT_THROW((void)load("seed = 1").recommenders(), Error);
  EXPECT_THROW((void)load("[model]\nname = 'ease'\n[[models]]\nname = 'random'\n").recommenders(), Error);
  EXPECT_EQ(load("[[models]]\nname = 'ease'\n[[models]]\nname = 'lm_content'\n").recommenders().size(), 2u);
}

TEST(EngineConfig, DigestsSeeWhatMattersToThem) {
  const EngineConfig a = load("[model]\nname = 'ease'"), b = load("threads = 2\n[model]\nname = 'ease'"),
                     c = load("[model]\nname = 'ease'\nl2 = 3");
  EXPECT_EQ(a.digest(), b.digest());
  EXPECT_NE(a.digest(), c.digest());
  EXPECT_EQ(a.data_digest(), c.data_digest());
  EXPECT_NE(a.data_digest(), load("[data.split]\nkind = 'none'\n[model]\nname = 'ease'").data_digest());
}

}  // namespace
}  // namespace genre
