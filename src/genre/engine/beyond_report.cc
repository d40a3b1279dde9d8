#include "genre/engine/beyond_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "genre/engine/report_numbers.h"

namespace genre {
namespace {

using nlohmann::ordered_json;

std::string group_name(const std::string& name) { return name.empty() ? "not given" : name; }

ReportTable inside_lists(const EvaluationResult& result) {
  const ListQuality& first = result.models.front().lists;
  ReportTable out{
      .title = fmt::format("Inside lists, at {}", first.k),
      .caption = fmt::format(
          "Means over users. Diversity: 1 - similarity over pairs, by {}. Serendipity: share of the list "
          "that is relevant and that popularity would not have shown. {}",
          first.similarity,
          first.calibration_field.empty()
              ? "Calibration needs an item field: evaluate.calibration_field."
              : fmt::format("Calibration: divergence of the list's {} from those of the history, in nats; 0 "
                            "is calibrated.",
                            first.calibration_field)),
      .columns = {"model", "intra-list diversity", "serendipity", "calibration"},
      .rows = {}};
  for (const auto& model : result.models)
    out.rows.push_back({model.model, cell(model.lists.intra_list_diversity), cell(model.lists.serendipity),
                        cell(model.lists.calibration)});
  return out;
}

ReportTable exposure(const EvaluationResult& result, std::size_t grouping) {
  const ItemGroupExposure& first = result.models.front().lists.exposure[grouping];
  ReportTable out{
      .title = "Exposure by " + first.field,
      .caption =
          "Under each model: share of exposure over share of relevance. 1 is in proportion, below 1 the group "
          "is shown less than it is liked.",
      .columns = {"group", "items", "relevance"},
      .rows = {}};
  for (const auto& model : result.models) out.columns.push_back(model.model);
  for (std::size_t g = 0; g < first.names.size(); ++g) {
    std::vector<std::string> row = {group_name(first.names[g]), cell(first.exposure[g].items, 3),
                                    cell(first.exposure[g].relevance, 3)};
    for (const auto& model : result.models) row.push_back(cell(model.lists.exposure[grouping].exposure[g].ratio, 3));
    out.rows.push_back(std::move(row));
  }
  return out;
}

ReportTable user_group_table(const EvaluationResult& result, std::size_t grouping) {
  const std::string& metric = result.metrics.front();
  const UserGroupResult& first = result.models.front().user_groups[grouping];
  ReportTable out{.title = fmt::format("Users by {}, {}", first.field, metric),
                  .caption = fmt::format(
                      "Gap: the highest mean of a group minus the lowest, of groups of at least {} users. p: how often "
                      "random groups of these sizes are as far apart.",
                      kSmallestGroup),
                  .columns = {first.field, "users"},
                  .rows = {}};
  std::vector<std::string> gaps = {"gap", "–"};
  for (const auto& model : result.models) {
    out.columns.push_back(model.model);
    const auto found = model.user_groups[grouping].gaps.find(metric);
    gaps.push_back(found == model.user_groups[grouping].gaps.end()
                       ? "–"
                       : fmt::format("{:.4f} [p {:.3f}]", found->second.gap, found->second.p));
  }
  for (std::size_t g = 0; g < first.groups.size(); ++g) {
    std::vector<std::string> row = {group_name(first.groups[g].name), std::to_string(first.groups[g].users)};
    for (const auto& model : result.models)
      row.push_back(cell(model.user_groups[grouping].groups[g].metrics.at(metric)));
    out.rows.push_back(std::move(row));
  }
  out.rows.push_back(std::move(gaps));
  return out;
}

}  // namespace

ordered_json beyond_json(const ModelResult& model) {
  const BeyondAccuracy& beyond = model.beyond;
  ordered_json diversity = interval_json(model.lists.intra_list_diversity);
  ordered_json serendipity = interval_json(model.lists.serendipity);
  ordered_json calibration = interval_json(model.lists.calibration);
  diversity["similarity"] = model.lists.similarity;
  serendipity["unlike"] = "popularity";
  calibration["field"] =
      model.lists.calibration_field.empty() ? ordered_json(nullptr) : ordered_json(model.lists.calibration_field);
  ordered_json exposure = ordered_json::object();
  for (const auto& groups : model.lists.exposure) {
    ordered_json entries = ordered_json::array();
    for (std::size_t g = 0; g < groups.names.size(); ++g)
      entries.push_back({{"group", groups.names[g]},
                         {"items", number(groups.exposure[g].items)},
                         {"exposure", number(groups.exposure[g].exposure)},
                         {"relevance", number(groups.exposure[g].relevance)},
                         {"ratio", number(groups.exposure[g].ratio)}});
    exposure[groups.field] = std::move(entries);
  }
  return {{"k", model.lists.k},
          {"coverage", number(beyond.coverage)},
          {"gini_diversity", number(beyond.gini_diversity)},
          {"entropy", number(beyond.entropy)},
          {"herfindahl", number(beyond.herfindahl)},
          {"inter_list_distance", number(beyond.inter_list_distance)},
          {"novelty", number(beyond.novelty)},
          {"average_popularity", number(beyond.average_popularity)},
          {"long_tail_share", number(beyond.long_tail_share)},
          {"intra_list_diversity", std::move(diversity)},
          {"serendipity", std::move(serendipity)},
          {"calibration", std::move(calibration)},
          {"exposure", std::move(exposure)}};
}

ordered_json user_groups_json(const ModelResult& model) {
  ordered_json out = ordered_json::object();
  for (const auto& result : model.user_groups) {
    ordered_json groups = ordered_json::array(), gaps = ordered_json::object();
    for (const auto& group : result.groups) {
      ordered_json metrics = ordered_json::object();
      for (const auto& [name, interval] : group.metrics) metrics[name] = interval_json(interval);
      groups.push_back(
          {{"group", group.name}, {"users", group.users}, {"in_gap", group.in_gap}, {"metrics", std::move(metrics)}});
    }
    for (const auto& [metric, gap] : result.gaps)
      gaps[metric] = {{"gap", number(gap.gap)}, {"highest", gap.highest}, {"lowest", gap.lowest}, {"p", number(gap.p)}};
    out[result.field] = {{"groups", std::move(groups)}, {"gaps", std::move(gaps)}};
  }
  return out;
}

std::vector<ReportTable> beyond_tables(const EvaluationResult& result) {
  std::vector<ReportTable> out;
  if (result.models.empty()) return out;
  out.push_back(inside_lists(result));
  for (std::size_t i = 0; i < result.models.front().lists.exposure.size(); ++i) out.push_back(exposure(result, i));
  if (result.metrics.empty()) return out;
  for (std::size_t i = 0; i < result.models.front().user_groups.size(); ++i) out.push_back(user_group_table(result, i));
  return out;
}

std::vector<Plot> user_group_plots(const EvaluationResult& result, const std::string& key) {
  std::vector<Plot> out;
  if (result.models.empty() || result.metrics.empty()) return out;
  const std::string& metric = result.metrics.front();
  for (std::size_t i = 0; i < result.models.front().user_groups.size(); ++i) {
    const UserGroupResult& first = result.models.front().user_groups[i];
    if (first.gaps.empty()) continue;
    Plot plot{
        .kind = Plot::Kind::kBars,
        .file = key + "-users-" + first.field,
        .title = metric + " by " + first.field,
        .x_label = first.field,
        .y_label = metric,
        .caption = fmt::format("Groups of at least {} users. Error bars: 95 % bootstrap interval.", kSmallestGroup),
        .categories = {},
        .series = {}};
    for (const auto& group : first.groups)
      if (group.in_gap) plot.categories.push_back(group.name);
    for (const auto& model : result.models) {
      PlotSeries series{.name = model.model, .x = {}, .y = {}, .labels = {}};
      for (const auto& group : model.user_groups[i].groups) {
        if (!group.in_gap) continue;
        const Interval& value = group.metrics.at(metric);
        series.y.push_back({value.value, value.low, value.high});
      }
      plot.series.push_back(std::move(series));
    }
    out.push_back(std::move(plot));
  }
  return out;
}

namespace {

double tail_ratio(const ordered_json& beyond) {
  for (const auto& group : beyond.at("exposure").at("popularity"))
    if (group.at("group") == "tail") return number_at(group, "ratio");
  return std::numeric_limits<double>::quiet_NaN();
}

}  // namespace

std::string beyond_text(const ordered_json& evaluation, const std::vector<std::string>& metrics) {
  const auto& results = evaluation.at("results");
  if (results.empty()) return {};
  constexpr std::pair<const char*, const char*> kColumns[] = {
      {"coverage", "coverage"},       {"gini_diversity", "gini"},
      {"novelty", "novelty"},         {"intra_list_diversity", "diversity"},
      {"serendipity", "serendipity"}, {"calibration", "calibration"}};
  std::size_t width = 5;
  for (const auto& result : results) width = std::max(width, result.at("model").get_ref<const std::string&>().size());
  const auto& first = results.front().at("beyond_accuracy");
  const auto& field = first.at("calibration").at("field");
  std::string out =
      fmt::format("beyond accuracy, at {}: diversity by {}, calibration by {}, tail: exposure / relevance\n",
                  first.at("k").dump(), first.at("intra_list_diversity").at("similarity").get<std::string>(),
                  field.is_null() ? "no field" : field.get<std::string>());
  out += fmt::format("{:<{}}", "model", width);
  for (const auto& [key, title] : kColumns) out += fmt::format("  {:>11}", title);
  out += fmt::format("  {:>11}\n", "tail");
  std::string gaps;
  for (const auto& result : results) {
    const auto model = result.at("model").get<std::string>();
    const auto& beyond = result.at("beyond_accuracy");
    out += fmt::format("{:<{}}", model, width);
    for (const auto& [key, title] : kColumns) out += fmt::format("  {:>11}", cell(number_at(beyond, key)));
    out += fmt::format("  {:>11}\n", cell(tail_ratio(beyond)));
    for (const auto& [name, groups] : result.at("user_groups").items()) {
      const auto& of = groups.at("gaps");
      const auto metric = std::find_if(metrics.begin(), metrics.end(), [&](const auto& m) { return of.contains(m); });
      if (metric == metrics.end()) continue;
      const auto& gap = of.at(*metric);
      gaps += fmt::format("{:<{}}  {}, {}: {:.4f} from {} (lowest) to {} (highest), p {:.3f}\n", model, width, name,
                          *metric, number_at(gap, "gap"), gap.at("lowest").get<std::string>(),
                          gap.at("highest").get<std::string>(), number_at(gap, "p"));
    }
  }
  return gaps.empty() ? out : out + "\ngaps between groups of users\n" + gaps;
}

}  // namespace genre
