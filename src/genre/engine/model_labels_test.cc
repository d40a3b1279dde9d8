#include "genre/engine/model_labels.h"

#include <gtest/gtest.h>

#include "genre/base/utf8.h"
#include "genre/config/layers.h"
#include "genre/config/toml.h"
#include "genre/engine/config.h"

namespace genre {
namespace {

using Models = std::vector<std::shared_ptr<RecommenderOptions>>;

Models models_of(const std::string& text) {
  EngineConfig config;
  config::Fields f;
  config.fields(f);
  config::apply(config::parse_toml(text, "x.toml"), f);
  return config.recommenders();
}

TEST(ModelLabels, RepeatedNamesShowWhatDiffers) {
  const Models models = models_of(
      "[[models]]\nname = 'ease'\nl2 = 100\n[[models]]\nname = 'ease'\nl2 = 200\n[[models]]\nname = 'random'\n");
  EXPECT_EQ(model_labels(models), (std::vector<std::string>{"ease l2=100.0", "ease l2=200.0", "random"}));
}

TEST(ModelLabels, WhatModelsOfANameShareIsLeftOut) {
  const Models models = models_of(
      "[[models]]\nname = 'bm25'\nb = 0.5\n[[models]]\nname = 'bm25'\nb = 0.5\nk1 = 2\n[[models]]\nname = "
      "'bm25'\nb = 0.5\nk1 = 2\n");
  EXPECT_EQ(model_labels(models), (std::vector<std::string>{"bm25", "bm25 k1=2.0", "bm25 k1=2.0'"}));
}

TEST(ModelLabels, LongValuesAreShortAsLongAsThatTellsThemApart) {
  const std::string path = "/somewhere/far/down/the/tree/of/folders/runs/";
  const auto labels = [&](const std::string& first, const std::string& second) {
    return model_labels(
        models_of("[[models]]\nname = 'lm_rank'\n" + first + "\n[[models]]\nname = 'lm_rank'\n" + second));
  };
  EXPECT_EQ(labels("classifier = '" + path + "one'", "prompt = \"{history}\\n{candidate}\""),
            (std::vector<std::string>{"lm_rank classifier=/somewhere/f…he/tree/of/folders/runs/one",
                                      "lm_rank prompt={history}\\n{candidate}"}));
  const std::string twin = "/somewhere/far/up/the/tree/of/folders/runs/";
  EXPECT_EQ(labels("classifier = '" + path + "one'", "classifier = '" + twin + "one'"),
            (std::vector<std::string>{"lm_rank classifier=" + path + "one", "lm_rank classifier=" + twin + "one"}));
  EXPECT_EQ(labels("candidates = { name = 'ease', l2 = 3 }", ""),
            (std::vector<std::string>{"lm_rank candidates=ease", "lm_rank"}));
  EXPECT_EQ(labels("prompt = \"{history}\\n{words} and {candidate}, would they like it?\"",
                   "prompt = \"{history}\\n{disliked} or {candidate}, would they like it?\"")[0],
            "lm_rank prompt={history}\\n{words} and {candidate}, would they like it?");
  std::string accents = "x";
  for (int n = 0; n < 30; ++n) accents += "é";
  EXPECT_TRUE(valid_utf8(labels("classifier = '" + accents + "'", "")[0]));
  const auto alike = labels("candidates = { name = 'ease', l2 = 3 }", "candidates = { name = 'ease', l2 = 4 }");
  EXPECT_NE(alike[0], alike[1]);
}

}  // namespace
}  // namespace genre
