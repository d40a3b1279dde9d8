// All sources of interactions as columns. Rows that cannot be used, and those that a rule on single rows drops, go to
// the rejected rows; a source with too many unusable ones fails.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "genre/data/cleaning.h"
#include "genre/data/dataset.h"
#include "genre/data/id_interner.h"
#include "genre/data/options.h"
#include "genre/data/rejected_rows.h"

namespace genre {

struct EventRead {
  EventColumns events;
  IdInterner users, items;
  std::vector<std::string> types;   // of events.type: all that the configuration knows, in its order
  bool has_time = false;            // every source has a time column
  bool has_order = false;           // has_time, or each source lists a user's items in order
  std::vector<CleaningStep> steps;  // invalid, then the rules of single rows that are on
};
// Throws Error(kConfig) for rules that the sources cannot serve, and what the sources throw.
EventRead read_events(const DataOptions& options, const std::filesystem::path& base_folder, RejectedRows& rejected);

}  // namespace genre
