// The values that a text field of items or users holds.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "genre/data/dataset.h"

namespace genre {

// Calls use for every value of a cell, in order: the parts between separators (an empty separator: the whole cell),
// trimmed of spaces; empty ones are none.
void for_each_value(std::string_view cell, std::string_view separator,
                    const std::function<void(std::string_view)>& use);

// The cells of a field, one an id. `of` is "item" or "user". Throws Error(kConfig) at `key` naming the nearest field.
const std::vector<std::string>& field_cells(const FieldTable& table, const std::string& of, const std::string& field,
                                            const std::string& key);

}  // namespace genre
