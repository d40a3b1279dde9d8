// An evaluation as JSON for programs and as a report for people.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>
#include <vector>

#include "genre/engine/evaluation.h"
#include "genre/track/report.h"

namespace genre {

// The `results` and `comparisons` of `genre evaluate --json`, and `repetitions` where there are some; NaN is null.
nlohmann::ordered_json evaluation_json(const EvaluationResult& result);

// A section of the report: tables of metrics, slices and what beyond_report.h adds, comparison plot, plots by history
// length, by groups of users, and of coverage against accuracy.
// `key` starts the names of its plots.
ReportSection evaluation_section(const EvaluationResult& result, const std::string& title, const std::string& key,
                                 std::vector<std::string> paragraphs);

// How many times `model`'s mean is that of `baseline` on a metric; NaN where undefined.
double ratio(const EvaluationResult& result, const std::string& metric, const std::string& model,
             const std::string& baseline);

}  // namespace genre
