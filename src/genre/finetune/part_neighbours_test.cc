#include "genre/finetune/part_neighbours.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace genre {
namespace {

using testing::ElementsAre;

std::vector<std::string> of(const PartNeighbours& neighbours, const std::string& part) {
  const auto found = neighbours.of(part);
  return {found.begin(), found.end()};
}

TEST(PartNeighbours, AreMostAlikeFirst) {
  const std::vector<std::string> texts = {"alien; heat", "alien; heat", "alien; jaws", "jaws; up", "jaws; up; jaws"};
  const PartNeighbours neighbours(texts, "; ");
  EXPECT_THAT(of(neighbours, "alien"), ElementsAre("heat", "jaws"));  // 2 / sqrt(3 x 2), 1 / sqrt(3 x 4)
  EXPECT_THAT(of(neighbours, "jaws"), ElementsAre("up", "alien"));    // 3 / sqrt(4 x 2)
  EXPECT_THAT(of(neighbours, "heat"), ElementsAre("alien"));
  EXPECT_TRUE(neighbours.of("brazil").empty());
}

TEST(PartNeighbours, StandWithinTheWindowAndAreFew) {
  std::string text = "first";
  for (int i = 10; i < 40; ++i) text += " " + std::to_string(i);
  const PartNeighbours neighbours(std::vector<std::string>{text}, " ");
  EXPECT_THAT(of(neighbours, "first"), ElementsAre("10", "11", "12", "13", "14"));
  EXPECT_EQ(neighbours.of("25").size(), PartNeighbours::kMost);
}

}  // namespace
}  // namespace genre
