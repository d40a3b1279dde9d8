// Where the labels of scattered points go.
#pragma once

#include <optional>
#include <span>
#include <vector>

namespace genre {

struct Box {
  double left, top, right, bottom;
  bool overlaps(const Box& other) const {
    return left < other.right && other.left < right && top < other.bottom && other.top < bottom;
  }
  bool contains(const Box& other) const {
    return left <= other.left && top <= other.top && other.right <= right && other.bottom <= bottom;
  }
};

struct LabelPoint {
  double x, y;        // the point, pixels
  double width;       // of its label
  double radius = 4;  // of its mark
};

// One box a point, `height` high, or none where no place near the point is free. No box leaves `area`, covers another
// box or a point. Points are served in order, each taking the nearest free place: right, left, above, below, corners,
// then the same places at growing distance.
std::vector<std::optional<Box>> place_labels(std::span<const LabelPoint> points, double height, const Box& area);

}  // namespace genre
