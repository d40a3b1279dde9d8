#include "genre/finetune/part_neighbours.h"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace genre {

std::vector<std::string> parts_of(std::string_view text, const std::string& separator) {
  std::vector<std::string> out;
  while (true) {
    const auto end = text.find(separator);
    const std::string_view one = text.substr(0, end);
    if (!one.empty()) out.emplace_back(one);
    if (end == std::string_view::npos) return out;
    text.remove_prefix(end + separator.size());
  }
}

PartNeighbours::PartNeighbours(std::span<const std::string> texts, const std::string& separator) {
  std::map<std::string, double> counts;
  std::map<std::string, std::map<std::string, double>> near;
  for (const std::string& text : texts) {
    const std::vector<std::string> parts = parts_of(text, separator);
    for (std::size_t i = 0; i < parts.size(); ++i) {
      ++counts[parts[i]];
      for (std::size_t j = i + 1; j < std::min(parts.size(), i + 1 + kWindow); ++j) {
        if (parts[i] == parts[j]) continue;
        ++near[parts[i]][parts[j]];
        ++near[parts[j]][parts[i]];
      }
    }
  }
  for (const auto& [part, others] : near) {
    std::vector<std::tuple<double, std::string>> scored;
    for (const auto& [other, times] : others)
      scored.emplace_back(-times / std::sqrt(counts.at(part) * counts.at(other)), other);
    std::ranges::sort(scored);
    auto& kept = neighbours_[part];
    for (const auto& [score, other] : scored)
      if (kept.size() < kMost) kept.push_back(other);
  }
}

std::span<const std::string> PartNeighbours::of(const std::string& part) const {
  const auto found = neighbours_.find(part);
  return found == neighbours_.end() ? std::span<const std::string>() : std::span<const std::string>(found->second);
}

}  // namespace genre
