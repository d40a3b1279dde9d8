// Parts that stand near one another in texts, such as events of one history. Source: Liu et al., "Contrastive
// Self-supervised Sequential Recommendation with Robust Augmentation" (2021), whose correlated items come from
// co-occurrence.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace genre {

// The parts of a text between separators, empty ones left out.
std::vector<std::string> parts_of(std::string_view text, const std::string& separator);

class PartNeighbours {
 public:
  static constexpr std::size_t kWindow = 5;  // parts apart at most
  static constexpr std::size_t kMost = 10;   // neighbours of a part

  PartNeighbours(std::span<const std::string> texts, const std::string& separator);

  // Other parts, most alike first by count of times near it / sqrt(own count x its count), ties bytewise; empty for a
  // part that is not known or always alone.
  std::span<const std::string> of(const std::string& part) const;

 private:
  std::map<std::string, std::vector<std::string>> neighbours_;
};

}  // namespace genre
