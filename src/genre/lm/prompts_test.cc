#include "genre/lm/prompts.h"

#include <gtest/gtest.h>

#include "genre/base/error.h"

namespace genre {

TEST(Prompts, AreThoseOfTheRoleWhereNothingElseIsChosen) {
  SentenceConfig config;
  EXPECT_EQ(resolve_prompt(config, {}, TextRole::kItem), "");
  config.prompts = {{"query", "q: "}, {"passage", "p: "}, {"other", "o: "}};
  EXPECT_EQ(resolve_prompt(config, {}, TextRole::kItem), "p: ");
  EXPECT_EQ(resolve_prompt(config, {}, TextRole::kQuery), "q: ");
  config.prompts["document"] = "d: ";
  EXPECT_EQ(resolve_prompt(config, {}, TextRole::kItem), "d: ");
  config.prompts = {{"other", "o: "}};
  EXPECT_EQ(resolve_prompt(config, {}, TextRole::kQuery), "");
  config.default_prompt = "other";
  EXPECT_EQ(resolve_prompt(config, {}, TextRole::kItem), "o: ");
  EXPECT_EQ(resolve_prompt(config, {}, TextRole::kQuery), "o: ");
}

TEST(Prompts, CanBeChosenByNameOrWords) {
  SentenceConfig config;
  config.prompts = {{"query", "q: "}};
  LmOptions options;
  options.item_prompt = "query";
  options.query_prompt = "none";
  EXPECT_EQ(resolve_prompt(config, options, TextRole::kItem), "q: ");
  EXPECT_EQ(resolve_prompt(config, options, TextRole::kQuery), "");
  options.query_prompt = "text:find: ";
  EXPECT_EQ(resolve_prompt(config, options, TextRole::kQuery), "find: ");
  options.query_prompt = "quiry";
  try {
    resolve_prompt(config, options, TextRole::kQuery);
    ADD_FAILURE();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::kConfig);
    EXPECT_EQ(e.place().key, "lm.query_prompt");
    EXPECT_NE(e.hint().find("nearest name: query"), std::string::npos) << e.hint();
  }
}

}  // namespace genre
