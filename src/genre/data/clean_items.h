// Cleaning rules on the fields of items (and users), and what they do to events. Each returns how much it changed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "genre/data/options.h"
#include "genre/data/read_events.h"
#include "genre/data/read_fields.h"

namespace genre {

// Repairs every field (text_repair.h); the number of texts that changed.
std::int64_t repair_fields(FieldRead& read, const std::vector<std::string>& repairs);

// Finds items whose fields `options.by`, joined, read alike (near_duplicates.h), in bytewise order of ids, so that the
// first id leads. Those that repeat it leave the catalogue; their events go to it or are dropped; the leader's empty
// fields are filled from them. The number of items that left.
std::int64_t join_near_duplicates(EventRead& read, FieldRead& items, const NearDuplicateOptions& options);

// Drops items that lack one of `fields`, in the item sources or altogether, with their events. The number of items.
std::int64_t drop_incomplete_items(EventRead& read, FieldRead& items, const std::vector<std::string>& fields);

// Both throw Error(kConfig) for a field that no item source gives, with the nearest.

}  // namespace genre
