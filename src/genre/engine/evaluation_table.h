// One row a model, one column a metric: for the terminal, for a paper, for a spreadsheet.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace genre {

// kText and kMarkdown give each mean with its 95 % interval; kMarkdown and kLatex set the best of a column in bold;
// kCsv has columns metric, metric_low and metric_high at full precision; kLatex is a booktabs tabular whose caption
// states the protocol. Below the row of a model come those of its `repetitions` (mean, standard deviation, each) and of
// `published` values (theirs, ours minus theirs) where it has them; in kCsv they are further columns of each metric,
// such as ndcg@10_published.
enum class TableFormat { kText, kMarkdown, kCsv, kLatex };

// "text", "markdown", "csv" or "latex". Throws Error(kUsage).
TableFormat parse_table_format(const std::string& name);

// `evaluation` is what evaluation_json makes. A metric that a model lacks is "–" (empty in CSV).
std::string evaluation_table(const nlohmann::ordered_json& evaluation, const std::vector<std::string>& metrics,
                             TableFormat format);

}  // namespace genre
