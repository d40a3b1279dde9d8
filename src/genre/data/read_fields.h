// All sources of item or user fields as a table. Rows that cannot be used go to the rejected rows; a source with too
// many of them fails.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "genre/data/id_interner.h"
#include "genre/data/options.h"
#include "genre/data/rejected_rows.h"

namespace genre {

struct FieldRead {
  IdInterner ids;
  std::map<std::string, std::vector<std::string>> fields;  // by id; a later row replaces what an earlier one said
};
// `table` is "items" or "users", for messages.
FieldRead read_fields(const std::vector<IdSourceOptions>& sources, std::string_view table,
                      const std::filesystem::path& base_folder, double maximum_rejected, RejectedRows& rejected);

}  // namespace genre
