// What `genre data describe` says of a prepared dataset: as JSON, and as a page with plots.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "genre/data/dataset.h"
#include "genre/data/profile.h"
#include "genre/track/report.h"

namespace genre {

// The steps of cleaning: [{rule, rows_in, rows_out, changed?}].
nlohmann::ordered_json cleaning_json(const Dataset& dataset);

// {by_user, by_item, long_tail, types, months, item_fields, user_fields}: the profile in full.
nlohmann::ordered_json profile_json(const DatasetProfile& profile);

Report data_report(const Dataset& dataset, const DatasetProfile& profile);

}  // namespace genre
