#include "genre/lm/prompt_prefixes.h"

#include <gmock/gmock.h>

#include <numeric>

namespace genre {
namespace {

using Ids = std::vector<std::int32_t>;

Ids counting(std::size_t shared, Ids rest) {
  Ids ids(shared);
  std::iota(ids.begin(), ids.end(), 100);
  ids.insert(ids.end(), rest.begin(), rest.end());
  return ids;
}

TEST(PromptPrefixes, FindTheLongestThatLeavesAToken) {
  PromptPrefixes prefixes;
  EXPECT_TRUE(prefixes.longest(counting(20, {})).ids.empty());
  prefixes.add({counting(16, {}), nullptr});
  prefixes.add({counting(20, {}), nullptr});
  prefixes.add({counting(20, {7}), nullptr});
  EXPECT_EQ(prefixes.longest(counting(20, {1, 2})).ids.size(), 20U);
  EXPECT_EQ(prefixes.longest(counting(20, {7, 2})).ids.size(), 21U);
  EXPECT_EQ(prefixes.longest(counting(20, {})).ids.size(), 16U);
  EXPECT_TRUE(prefixes.longest(counting(3, {1})).ids.empty());
}

TEST(PromptPrefixes, ForgetTheOneUnusedForLongest) {
  PromptPrefixes prefixes;
  for (std::int32_t i = 0; i < static_cast<std::int32_t>(PromptPrefixes::kKept); ++i) prefixes.add({{i}, nullptr});
  prefixes.longest(Ids{0, 1});
  prefixes.add({{99}, nullptr});
  EXPECT_FALSE(prefixes.longest(Ids{0, 1}).ids.empty());
  EXPECT_TRUE(prefixes.longest(Ids{1, 1}).ids.empty());
}

TEST(PromptPrefixes, WhatAllSharersHaveInCommonIsWorthSharing) {
  PromptPrefixes prefixes;
  const Ids prompt = counting(40, {1, 2, 3}), near = counting(40, {1, 5}), far = counting(30, {8}), other = {1, 2, 3};
  const std::vector<std::span<const std::int32_t>> others = {near, far, other};
  EXPECT_EQ(prefixes.worth_sharing(prompt, 0, {}), 0U);
  EXPECT_EQ(prefixes.worth_sharing(prompt, 0, others), 30U);
  EXPECT_EQ(prefixes.worth_sharing(prompt, 30, others), 30U);
  EXPECT_EQ(prefixes.worth_sharing(prompt, 20, others), 41U);
  prefixes.saw(counting(25, {6}));
  EXPECT_EQ(prefixes.worth_sharing(prompt, 0, others), 25U);
}

TEST(PromptPrefixes, AnEqualPromptSharesAllButItsLastToken) {
  PromptPrefixes prefixes;
  const Ids prompt = counting(30, {});
  prefixes.saw(prompt);
  EXPECT_EQ(prefixes.worth_sharing(prompt, 0, {}), 29U);
  EXPECT_EQ(prefixes.worth_sharing(prompt, 29, {}), 29U);
}

}  // namespace
}  // namespace genre
