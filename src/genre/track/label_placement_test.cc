#include "genre/track/label_placement.h"

#include <gtest/gtest.h>

#include <random>

namespace genre {

TEST(LabelPlacement, NoLabelCoversAnotherOrAPointOrLeavesTheArea) {
  std::mt19937 random(3);
  const Box area{0, 0, 700, 340};
  for (int trial = 0; trial < 50; ++trial) {
    std::vector<LabelPoint> points;
    points.reserve(5 + static_cast<std::size_t>(trial));
    std::uniform_real_distribution<double> x(10, 690), y(10, 330), width(20, 140);
    for (int i = 0; i < 5 + trial; ++i) points.push_back({x(random), y(random), width(random)});
    const auto boxes = place_labels(points, 14, area);
    ASSERT_EQ(boxes.size(), points.size());
    for (std::size_t i = 0; i < boxes.size(); ++i) {
      if (!boxes[i]) continue;
      EXPECT_TRUE(area.contains(*boxes[i]));
      for (std::size_t j = 0; j < i; ++j) EXPECT_FALSE(boxes[j] && boxes[i]->overlaps(*boxes[j]));
      for (const auto& p : points)
        EXPECT_FALSE(boxes[i]->overlaps({p.x - p.radius, p.y - p.radius, p.x + p.radius, p.y + p.radius}));
    }
  }
}

TEST(LabelPlacement, AFewNeighboursAllGetALabel) {
  const std::vector<LabelPoint> points = {
      {350, 170, 90}, {356, 174, 90}, {350, 182, 90}, {344, 172, 90}, {360, 165, 90}};
  for (const auto& box : place_labels(points, 14, {0, 0, 700, 340})) EXPECT_TRUE(box.has_value());
}

TEST(LabelPlacement, ALonePointHasItsLabelToTheRightAndToTheLeftAtTheEdge) {
  const Box area{0, 0, 200, 100};
  EXPECT_GT(place_labels(std::vector<LabelPoint>{{50, 50, 60}}, 14, area)[0]->left, 50);
  EXPECT_LT(place_labels(std::vector<LabelPoint>{{180, 50, 60}}, 14, area)[0]->right, 180);
  EXPECT_FALSE(place_labels(std::vector<LabelPoint>{{50, 50, 500}}, 14, area)[0].has_value());
}

}  // namespace genre
