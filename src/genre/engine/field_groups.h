// The values of a field as groups of items or users.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "genre/data/dataset.h"

namespace genre {

struct FieldGroups {
  std::string field;
  std::vector<std::string> names;  // G, ascending; ranges such as "18–24" in the order of their numbers
  CsrMatrix members;               // N x G, 1 where the item or user has the value; rows may be empty
};

// One group a value. A field whose every cell is one number, of more than ten different ones, is cut into four ranges
// that hold about as many items or users; equal numbers stay together. `of` is "item" or "user"; an empty separator
// means that each cell is one value. Throws Error(kConfig) at `key` naming the nearest field.
FieldGroups field_groups(const FieldTable& table, const std::string& of, const std::string& field,
                         const std::string& separator, const std::string& key);

// The first field, by name, whose cells hold several values at least once in ten and no more than 100 different ones
// in all: genres, and not titles.
std::optional<std::string> categorical_field(const FieldTable& table, const std::string& separator);

}  // namespace genre
