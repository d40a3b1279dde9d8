#include "genre/track/label_placement.h"

#include <algorithm>

namespace genre {
namespace {

Box mark_of(const LabelPoint& point) {
  return {point.x - point.radius, point.y - point.radius, point.x + point.radius, point.y + point.radius};
}

// `across` and `down` are -1, 0 or 1: on which side of the point the label stands.
Box beside(const LabelPoint& point, double height, int across, int down, double distance) {
  const double gap = point.radius + distance;
  const double left = across > 0 ? point.x + gap : across < 0 ? point.x - gap - point.width : point.x - point.width / 2;
  const double top = down > 0 ? point.y + gap : down < 0 ? point.y - gap - height : point.y - height / 2;
  return {left, top, left + point.width, top + height};
}

}  // namespace

std::vector<std::optional<Box>> place_labels(std::span<const LabelPoint> points, double height, const Box& area) {
  constexpr int kSides[][2] = {{1, 0}, {-1, 0}, {0, -1}, {0, 1}, {1, -1}, {-1, -1}, {1, 1}, {-1, 1}};
  constexpr double kDistances[] = {3, 9, 16, 24};
  std::vector<std::optional<Box>> placed(points.size());
  const auto free = [&](const Box& box) {
    return area.contains(box) &&
           std::none_of(points.begin(), points.end(), [&](const LabelPoint& p) { return box.overlaps(mark_of(p)); }) &&
           std::none_of(placed.begin(), placed.end(), [&](const auto& other) { return other && box.overlaps(*other); });
  };
  for (std::size_t i = 0; i < points.size(); ++i) {
    for (const double distance : kDistances) {
      for (const auto& [across, down] : kSides) {
        const Box box = beside(points[i], height, across, down, distance);
        if (!placed[i] && free(box)) placed[i] = box;
      }
      if (placed[i]) break;
    }
  }
  return placed;
}

}  // namespace genre
