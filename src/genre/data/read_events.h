// All sources of interactions as columns, and all sources of item or user fields as a table. Rows that cannot be used
// go to the rejected rows; a source with too many of them fails.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "genre/data/cleaning.h"
#include "genre/data/id_interner.h"
#include "genre/data/options.h"
#include "genre/data/rejected_rows.h"

namespace genre {

struct EventRead {
  EventColumns events;
  IdInterner users, items;
  std::vector<std::string> types;  // of events.type: all that the configuration knows, in its order
  bool has_time = false;           // every source has a time column
  bool has_order = false;          // has_time, or each source lists a user's items in order
  std::int64_t rows = 0, readable = 0, in_range = 0;
};
EventRead read_events(const DataOptions& options, const std::filesystem::path& base_folder, RejectedRows& rejected);

struct FieldRead {
  IdInterner ids;
  std::map<std::string, std::vector<std::string>> fields;  // by id; a later row replaces what an earlier one said
};
// `table` is "items" or "users", for messages.
FieldRead read_fields(const std::vector<SourceOptions>& sources, std::string_view table,
                      const std::filesystem::path& base_folder, double maximum_rejected, RejectedRows& rejected);

}  // namespace genre
