// Numbers ids in the order of their first appearance; memory depends on how many there are, not on what they look like.
#pragma once

#include <cstdint>
#include <deque>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "genre/base/error.h"

namespace genre {

class IdInterner {
 public:
  std::int32_t intern(std::string_view id) {
    if (const auto found = numbers_.find(id); found != numbers_.end()) return found->second;
    if (ids_.size() >= static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max()))
      throw Error(ErrorCode::kResources, "there are more than 2,147,483,647 different ids", "check the id columns");
    const auto number = static_cast<std::int32_t>(ids_.size());
    numbers_.emplace(ids_.emplace_back(id), number);
    return number;
  }
  std::optional<std::int32_t> find(std::string_view id) const {
    const auto found = numbers_.find(id);
    if (found == numbers_.end()) return std::nullopt;
    return found->second;
  }
  std::int32_t size() const { return static_cast<std::int32_t>(ids_.size()); }
  const std::string& id(std::int32_t number) const { return ids_[static_cast<std::size_t>(number)]; }

 private:
  std::deque<std::string> ids_;  // a deque, for the map's views to stay valid
  std::unordered_map<std::string_view, std::int32_t> numbers_;
};

}  // namespace genre
