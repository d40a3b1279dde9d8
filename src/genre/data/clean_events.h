// The cleaning rules that look at more than one row, in their order, each with a step that counts what it did.
#pragma once

#include <vector>

#include "genre/data/dataset.h"
#include "genre/data/options.h"
#include "genre/data/read_events.h"
#include "genre/data/read_fields.h"

namespace genre {

// Returns the steps of `read` and then, as far as they are on: repair_text, near_duplicates, missing_fields, rate,
// outliers, duplicates, at_least, k_core. Throws Error(kConfig) for a rule that the data cannot serve.
std::vector<CleaningStep> clean_events(EventRead& read, FieldRead& items, FieldRead& users,
                                       const CleaningOptions& options);

}  // namespace genre
