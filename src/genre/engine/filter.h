// Filter expressions over item fields: `year >= 1990 and (genres contains "Comedy" or not title == "Up")`.
// Grammar: or, and, not, comparisons == != < <= > >=, `in [a, b]`, `contains`; literals are numbers, "text", true and
// false. A number literal compares numbers, a text literal compares bytes; `contains` finds text inside the field.
// A missing value makes its comparison false.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "genre/data/dataset.h"

namespace genre {

class Filter {
 public:
  // Throws Error(kUsage) with the column of the fault, and for a field that the items lack with the nearest name.
  Filter(std::string_view expression, const FieldTable& fields);
  ~Filter();
  bool matches(std::int32_t item) const;
  std::vector<std::uint8_t> mask(std::int32_t items) const;  // one flag an item

 private:
  struct Node;
  friend class FilterParser;
  std::unique_ptr<Node> root_;
};

}  // namespace genre
