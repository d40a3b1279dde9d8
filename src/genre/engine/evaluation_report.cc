#include "genre/engine/evaluation_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <span>

#include "genre/base/not_a_number.h"
#include "genre/engine/beyond_report.h"
#include "genre/engine/report_numbers.h"

namespace genre {
namespace {

using nlohmann::ordered_json;

ordered_json metrics_json(const std::map<std::string, Interval>& metrics) {
  ordered_json out = ordered_json::object();
  for (const auto& [name, interval] : metrics) out[name] = interval_json(interval);
  return out;
}

const Interval* find(const std::map<std::string, Interval>& metrics, const std::string& name) {
  const auto found = metrics.find(name);
  return found == metrics.end() ? nullptr : &found->second;
}

ordered_json repeated_json(const std::map<std::string, Repeated>& metrics) {
  ordered_json out = ordered_json::object();
  for (const auto& [name, repeated] : metrics) {
    ordered_json values = ordered_json::array();
    for (const double value : repeated.values) values.push_back(number(value));
    out[name] = {{"mean", number(repeated.mean)}, {"deviation", number(repeated.deviation)}, {"values", values}};
  }
  return out;
}

ReportTable repetitions_table(const EvaluationResult& result) {
  ReportTable out{.title = "Repetitions",
                  .caption = "Mean and sample standard deviation over the repetitions, and the value of each.",
                  .columns = {"model", "metric", "mean", "standard deviation"},
                  .rows = {}};
  out.columns.insert(out.columns.end(), result.repetitions.begin(), result.repetitions.end());
  for (const auto& model : result.models) {
    for (const auto& [metric, repeated] : model.repeated) {
      std::vector<std::string> row = {model.model, metric, cell(repeated.mean), cell(repeated.deviation)};
      for (const double value : repeated.values) row.push_back(cell(value));
      out.rows.push_back(std::move(row));
    }
  }
  return out;
}

std::string first_metric(const EvaluationResult& result) {
  return result.metrics.empty() ? "" : result.metrics.front();
}

PlotSeries bars(const EvaluationResult& result, const std::string& metric) {
  PlotSeries series{.name = metric, .x = {}, .y = {}, .labels = {}};
  for (const auto& model : result.models) {
    const Interval* const value = find(model.metrics, metric);
    series.y.push_back(value == nullptr ? ReportInterval{kNan, kNan, kNan}
                                        : ReportInterval{value->value, value->low, value->high});
  }
  return series;
}

// A line a model over slices that have an order, each with what the plot calls it.
Plot slice_plot(const EvaluationResult& result, const std::string& metric, Plot plot,
                std::span<const std::pair<const char*, const char*>> slices) {
  for (const auto& [slice, label] : slices) {
    const auto& first = result.models.front().slices;
    plot.categories.push_back(first.contains(slice) ? fmt::format("{} ({} users)", label, first.at(slice).users)
                                                    : label);
  }
  for (const auto& model : result.models) {
    PlotSeries series{.name = model.model, .x = {}, .y = {}, .labels = {}};
    for (const auto& [slice, label] : slices) {
      const auto found = model.slices.find(slice);
      const Interval* const value = found == model.slices.end() ? nullptr : find(found->second.metrics, metric);
      series.y.push_back(value == nullptr ? ReportInterval{kNan, kNan, kNan}
                                          : ReportInterval{value->value, value->low, value->high});
    }
    plot.series.push_back(std::move(series));
  }
  return plot;
}

constexpr std::pair<const char*, const char*> kHistoryLengths[] = {
    {"history_0_5", "0–5"}, {"history_6_20", "6–20"}, {"history_21_50", "21–50"}, {"history_51_up", "51+"}};
constexpr std::pair<const char*, const char*> kItemPopularities[] = {
    {"item_0_5", "0–5"}, {"item_6_20", "6–20"}, {"item_21_100", "21–100"}, {"item_101_up", "101+"}};

}  // namespace

ordered_json evaluation_json(const EvaluationResult& result) {
  ordered_json results = ordered_json::array(), comparisons = ordered_json::array();
  for (const auto& model : result.models) {
    ordered_json slices = ordered_json::object();
    for (const auto& [name, slice] : model.slices)
      slices[name] = {{"users", slice.users}, {"metrics", metrics_json(slice.metrics)}};
    results.push_back({{"model", model.model},
                       {"protocol",
                        {{"split", result.split},
                         {"candidates", result.candidates},
                         {"history", result.history},
                         {"seen_excluded", result.seen_excluded},
                         {"definition", kMetricDefinition}}},
                       {"users", model.users},
                       {"fallback_users", model.fallback_users},
                       {"metrics", metrics_json(model.metrics)},
                       {"expected_under_ties", model.expected_under_ties},
                       {"slices", slices},
                       {"beyond_accuracy", beyond_json(model)},
                       {"user_groups", user_groups_json(model)},
                       {"fit_seconds", model.fit_seconds},
                       {"seconds", model.seconds},
                       {"users_per_second", number(static_cast<double>(model.users) / model.seconds)}});
    if (!model.repeated.empty()) results.back()["repetitions"] = repeated_json(model.repeated);
  }
  for (const auto& comparison : result.comparisons)
    comparisons.push_back({{"metric", comparison.metric},
                           {"a", comparison.a},
                           {"b", comparison.b},
                           {"difference", number(comparison.result.difference)},
                           {"low", number(comparison.result.low)},
                           {"high", number(comparison.result.high)},
                           {"p", number(comparison.result.p)},
                           {"p_holm", number(comparison.p_holm)}});
  ordered_json out = {{"results", results}, {"comparisons", comparisons}, {"warnings", result.warnings}};
  if (!result.repetitions.empty()) out["repetitions"] = result.repetitions;
  return out;
}

ReportSection evaluation_section(const EvaluationResult& result, const std::string& title, const std::string& key,
                                 std::vector<std::string> paragraphs) {
  ReportSection out{.title = title, .paragraphs = std::move(paragraphs), .tables = {}, .plots = {}};
  const auto& names = result.metrics;
  const std::string main = first_metric(result);

  ReportTable table{.title = "Metrics",
                    .caption = fmt::format("Means over {} users with 95 % bootstrap intervals; definition {}.",
                                           result.users.size(), kMetricDefinition),
                    .columns = {"model"},
                    .rows = {}};
  for (const auto& name : names) table.columns.push_back(name);
  for (const auto& model : result.models) {
    std::vector<std::string> row = {model.model};
    for (const auto& name : names) row.push_back(cell(model.metrics.at(name)));
    table.rows.push_back(std::move(row));
  }
  out.tables.push_back(std::move(table));
  if (!result.repetitions.empty()) out.tables.push_back(repetitions_table(result));

  ReportTable slices{.title = "Slices, " + main,
                     .caption =
                         "Relevant items with (warm) and without (cold) training interactions, and users by the length "
                         "of their history. In brackets: users.",
                     .columns = {"model"},
                     .rows = {}};
  std::vector<std::string> slice_names;
  for (const auto& model : result.models)
    for (const auto& [name, unused] : model.slices)
      if (std::find(slice_names.begin(), slice_names.end(), name) == slice_names.end() &&
          !name.starts_with("history_") && !name.starts_with("item_"))
        slice_names.push_back(name);
  for (const auto& name : slice_names)
    slices.columns.push_back(fmt::format("{} ({})", name, result.models.front().slices.at(name).users));
  for (const auto& model : result.models) {
    std::vector<std::string> row = {model.model};
    for (const auto& name : slice_names) {
      const Interval* const value = find(model.slices.at(name).metrics, main);
      row.push_back(value == nullptr ? "–" : cell(*value));
    }
    slices.rows.push_back(std::move(row));
  }
  out.tables.push_back(std::move(slices));

  ReportTable beyond{.title = "Beyond accuracy",
                     .caption = "Of the lists at the largest cut-off. Definitions: docs/evaluation.md.",
                     .columns = {"model", "coverage", "gini diversity", "entropy, bits", "inter-list distance",
                                 "novelty, bits", "long-tail share"},
                     .rows = {}};
  for (const auto& model : result.models)
    beyond.rows.push_back({model.model, cell(model.beyond.coverage), cell(model.beyond.gini_diversity),
                           cell(model.beyond.entropy), cell(model.beyond.inter_list_distance),
                           cell(model.beyond.novelty), cell(model.beyond.long_tail_share)});
  out.tables.push_back(std::move(beyond));
  for (auto& more : beyond_tables(result)) out.tables.push_back(std::move(more));

  ReportTable speed{.title = "Fallback and speed",
                    .caption =
                        "Fallback users: those of whom the model knows too little for a whole list, so that popularity "
                        "fills it, as in the service.",
                    .columns = {"model", "fallback users", "fit, s", "users/s"},
                    .rows = {}};
  for (const auto& model : result.models)
    speed.rows.push_back({model.model, std::to_string(model.fallback_users), fmt::format("{:.2f}", model.fit_seconds),
                          fmt::format("{:.0f}", static_cast<double>(model.users) / model.seconds)});
  out.tables.push_back(std::move(speed));

  if (!result.comparisons.empty()) {
    ReportTable pairs{.title = "Differences, " + main,
                      .caption = "Paired randomisation test over users, p corrected by Holm over all pairs.",
                      .columns = {"a", "b", "a - b", "low", "high", "p (Holm)"},
                      .rows = {}};
    for (const auto& c : result.comparisons)
      pairs.rows.push_back({c.a, c.b, fmt::format("{:+.4f}", c.result.difference), fmt::format("{:+.4f}", c.result.low),
                            fmt::format("{:+.4f}", c.result.high), fmt::format("{:.3f}", c.p_holm)});
    out.tables.push_back(std::move(pairs));
  }

  Plot comparison{.kind = Plot::Kind::kBars,
                  .file = key + "-comparison",
                  .title = main + " by model",
                  .x_label = "",
                  .y_label = main,
                  .caption = "Error bars: 95 % bootstrap interval.",
                  .categories = {},
                  .series = {bars(result, main)}};
  for (const auto& model : result.models) comparison.categories.push_back(model.model);
  out.plots.push_back(std::move(comparison));

  out.plots.push_back(slice_plot(result, main,
                                 {.kind = Plot::Kind::kLines,
                                  .file = key + "-history-length",
                                  .title = main + " by history length",
                                  .x_label = "positive interactions before the test part",
                                  .y_label = main,
                                  .caption = "",
                                  .categories = {},
                                  .series = {}},
                                 kHistoryLengths));
  out.plots.push_back(slice_plot(result, main,
                                 {.kind = Plot::Kind::kLines,
                                  .file = key + "-item-popularity",
                                  .title = main + " by how well known the wanted item is",
                                  .x_label = "its interactions in the training part",
                                  .y_label = main,
                                  .caption = "",
                                  .categories = {},
                                  .series = {}},
                                 kItemPopularities));
  for (auto& groups : user_group_plots(result, key)) out.plots.push_back(std::move(groups));

  Plot scatter{.kind = Plot::Kind::kScatter,
               .file = key + "-coverage-accuracy",
               .title = "Coverage against accuracy",
               .x_label = "catalogue coverage",
               .y_label = main,
               .caption = "Up and to the right is better: right lists that show more of the catalogue.",
               .categories = {},
               .series = {}};
  PlotSeries points{.name = "models", .x = {}, .y = {}, .labels = {}};
  for (const auto& model : result.models) {
    const Interval* const value = find(model.metrics, main);
    if (value == nullptr) continue;
    points.x.push_back(model.beyond.coverage);
    points.y.push_back({value->value, value->value, value->value});
    points.labels.push_back(model.model);
  }
  scatter.series.push_back(std::move(points));
  out.plots.push_back(std::move(scatter));
  return out;
}

double ratio(const EvaluationResult& result, const std::string& metric, const std::string& model,
             const std::string& baseline) {
  double a = kNan, b = kNan;
  for (const auto& entry : result.models) {
    const Interval* const value = find(entry.metrics, metric);
    if (value == nullptr) continue;
    if (entry.model == model) a = value->value;
    if (entry.model == baseline) b = value->value;
  }
  return b > 0 ? a / b : kNan;
}

}  // namespace genre
