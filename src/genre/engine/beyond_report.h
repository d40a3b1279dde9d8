// What an evaluation says beyond accuracy: as JSON of one model, as tables and plots of the report, as text.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "genre/engine/evaluation.h"
#include "genre/track/report.h"

namespace genre {

// `beyond_accuracy` and `user_groups` of a result of `genre evaluate --json`; NaN is null.
nlohmann::ordered_json beyond_json(const ModelResult& model);
nlohmann::ordered_json user_groups_json(const ModelResult& model);

// Inside lists, exposure of each grouping of items, each grouping of users by the first metric.
std::vector<ReportTable> beyond_tables(const EvaluationResult& result);
// One plot a grouping of users with at least two large groups. `key` starts the names of the files.
std::vector<Plot> user_group_plots(const EvaluationResult& result, const std::string& key);

// A short table for the terminal, with the gaps between groups of users on the first of `metrics` that has one.
// `evaluation` is what evaluation_json makes.
std::string beyond_text(const nlohmann::ordered_json& evaluation, const std::vector<std::string>& metrics);

}  // namespace genre
