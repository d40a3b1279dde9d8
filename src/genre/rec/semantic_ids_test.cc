#include "genre/rec/semantic_ids.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "genre/base/error_of_test.h"
#include "genre/base/random.h"

namespace genre {
namespace {

using Path = std::vector<std::int32_t>;

Path path_of(const SemanticIds& ids, std::int32_t item) { return {ids.of(item).begin(), ids.of(item).end()}; }

// What the tree holds below a node, by its items.
void walk(const SemanticIds& ids, int depth, std::int32_t node, Path& path, std::map<std::int32_t, Path>& found) {
  if (depth == ids.levels()) {
    EXPECT_TRUE(found.emplace(ids.item(node), path).second);
    return;
  }
  const auto below = ids.children(depth, node);
  EXPECT_LT(below.begin, below.end);
  for (std::int32_t child = below.begin; child < below.end; ++child) {
    path.push_back(ids.beginning(depth + 1, child).back());
    EXPECT_TRUE(std::ranges::equal(ids.beginning(depth + 1, child), path));
    walk(ids, depth + 1, child, path, found);
    path.pop_back();
  }
}

// 60 items of three codes below 4, many of them equal; every seventh has none.
SemanticIds random_ids() {
  RandomStream random(7, "ids");
  std::vector<std::int32_t> codes;
  for (int item = 0; item < 60; ++item)
    for (int level = 0; level < 3; ++level)
      codes.push_back(item % 7 == 3 ? SemanticIds::kNone : static_cast<std::int32_t>(random.below(4)));
  return SemanticIds::of_codes(codes, 3, 4, std::vector<std::uint8_t>(60, 0));
}

TEST(SemanticIds, ItemsOfEqualCodesAreToldApartInTheirOrder) {
  const std::vector<std::int32_t> codes = {2, 1, 0, 3, 2, 1, 2, 1};
  const SemanticIds ids = SemanticIds::of_codes(codes, 2, 4, std::vector<std::uint8_t>(4, 1));
  EXPECT_EQ(ids.levels(), 3);
  EXPECT_EQ(path_of(ids, 0), (Path{2, 1, 0}));
  EXPECT_EQ(path_of(ids, 1), (Path{0, 3, 0}));
  EXPECT_EQ(path_of(ids, 2), (Path{2, 1, 1}));
  EXPECT_EQ(path_of(ids, 3), (Path{2, 1, 2}));
  EXPECT_EQ(ids.codes(0), 3);
  EXPECT_EQ(ids.codes(1), 4);
  EXPECT_EQ(ids.codes(2), 3);
  EXPECT_EQ(ids.all_codes(), 10);
  EXPECT_EQ(ids.token(1, 0), 3);
  EXPECT_EQ(ids.token(2, 2), 9);
}

TEST(SemanticIds, ItemsWithoutTextHaveACodeForThemselvesWhereTheyAreWanted) {
  std::vector<std::int32_t> codes = {1, 0, 2};
  codes.insert(codes.end(), 3 * 6, SemanticIds::kNone);
  const SemanticIds ids = SemanticIds::of_codes(codes, 3, 2, std::vector<std::uint8_t>{0, 1, 0, 1, 1, 1, 1});
  EXPECT_EQ(path_of(ids, 0), (Path{1, 0, 2, 0}));
  EXPECT_EQ(path_of(ids, 1), (Path{3, 0, 0, 0}));
  EXPECT_TRUE(ids.of(2).empty());
  EXPECT_EQ(path_of(ids, 3), (Path{3, 0, 1, 0}));
  EXPECT_EQ(path_of(ids, 4), (Path{3, 1, 0, 0}));
  EXPECT_EQ(path_of(ids, 5), (Path{3, 1, 1, 0}));
  EXPECT_EQ(path_of(ids, 6), (Path{3, 0, 0, 1}));  // the digits are used up
}

TEST(SemanticIds, TheTreeHoldsEveryIdOnceAndNoOther) {
  const SemanticIds ids = random_ids();
  std::map<std::int32_t, Path> found;
  Path path;
  walk(ids, 0, 0, path, found);
  for (std::int32_t item = 0; item < 60; ++item) {
    EXPECT_EQ(found.contains(item), item % 7 != 3);
    if (item % 7 != 3) {
      EXPECT_EQ(found[item], path_of(ids, item)) << item;
    }
  }
  EXPECT_EQ(ids.nodes(ids.levels()), std::ssize(found));
}

TEST(SemanticIds, ANodeIsAllowedWhereAnItemBelowMayBeRanked) {
  const SemanticIds ids = random_ids();
  std::vector<std::uint8_t> eligible(60);
  for (int item = 0; item < 60; item += 5) eligible[item] = 1;
  const std::vector<std::int32_t> exclude = {0, 20, 59};
  const auto allowed = ids.allowed({.exclude = exclude, .eligible = eligible});
  for (int depth = 0; depth <= ids.levels(); ++depth)
    for (std::int32_t node = 0; node < ids.nodes(depth); ++node) {
      SemanticIds::Range leaves{node, node + 1};
      for (int d = depth; d < ids.levels(); ++d)
        leaves = {ids.children(d, leaves.begin).begin, ids.children(d, leaves.end - 1).end};
      bool wanted = false;
      for (std::int32_t leaf = leaves.begin; leaf < leaves.end; ++leaf) {
        const std::int32_t item = ids.item(leaf);
        wanted |= item % 5 == 0 && item != 0 && item != 20;
      }
      EXPECT_EQ(allowed[depth][node], wanted ? 1 : 0) << depth << ' ' << node;
    }
  for (const auto& flags : ids.allowed({}))
    EXPECT_TRUE(std::ranges::all_of(flags, [](auto flag) { return flag == 1; }));
}

TEST(SemanticIds, RefusesWhatIsNoId) {
  const Error same = error_of([] { SemanticIds({1, 2, 0, 1, 1, 2}, 2); });
  EXPECT_EQ(same.code(), ErrorCode::kData);
  EXPECT_STREQ(same.what(), "items 0 and 2 have the same id");
  EXPECT_STREQ(error_of([] {
                 SemanticIds({1, 2, SemanticIds::kNone, 1}, 2);
               }).what(),
               "the id of item 1 has negative codes");
}

TEST(SemanticIds, AreReadAsTheyWereWritten) {
  const SemanticIds ids = random_ids();
  const auto path = std::filesystem::path(::testing::TempDir()) / "semantic_ids.safetensors";
  SafetensorsWriter out;
  ids.save(out, "model.");
  out.write(path);
  const SemanticIds found = SemanticIds::load(SafetensorsFile(path), "model.");
  ASSERT_EQ(found.items(), 60);
  for (std::int32_t item = 0; item < 60; ++item) EXPECT_EQ(path_of(found, item), path_of(ids, item));
  const std::vector<std::int32_t> equal = {1, 1, 1, 1}, none(4, SemanticIds::kNone);
  for (const auto& [codes, fault] : {std::pair(equal, "items 0 and 1 have the same id"), {none, "has no id in it"}}) {
    SafetensorsWriter bent;
    bent.add("model.codes", std::span(codes), {2, 2});
    bent.write(path);
    const Error error = error_of([&] { SemanticIds::load(SafetensorsFile(path), "model."); });
    EXPECT_EQ(error.code(), ErrorCode::kData);
    EXPECT_NE(std::string(error.what()).find("model.codes"), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find(fault), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace genre
