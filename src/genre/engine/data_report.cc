#include "genre/engine/data_report.h"

#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>

namespace genre {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t kMostPeriods = 48;  // bars of a plot of time
constexpr std::size_t kLongestCell = 60;

ordered_json summary_json(const NumberSummary& summary) {
  if (summary.count == 0) return {{"count", 0}};
  return {{"count", summary.count},     {"mean", summary.mean},
          {"minimum", summary.minimum}, {"first_quartile", summary.first_quartile},
          {"median", summary.median},   {"third_quartile", summary.third_quartile},
          {"p99", summary.p99},         {"maximum", summary.maximum}};
}

ordered_json histogram_json(const std::vector<HistogramBin>& bins) {
  ordered_json out = ordered_json::array();
  for (const auto& bin : bins) out.push_back({{"from", bin.from}, {"to", bin.to}, {"count", bin.count}});
  return out;
}

ordered_json fields_json(const std::vector<FieldProfile>& fields) {
  ordered_json out = ordered_json::array();
  for (const auto& field : fields) {
    ordered_json common = ordered_json::array();
    for (const auto& [value, count] : field.most_common) common.push_back({{"value", value}, {"count", count}});
    out.push_back({{"field", field.field},
                   {"filled", field.filled},
                   {"different", field.different},
                   {"bytes", summary_json(field.characters)},
                   {"most_common", common}});
  }
  return out;
}

ReportInterval exactly(double value) { return {value, value, value}; }

Plot bars(std::string file, std::string title, std::string x_label, std::string y_label, std::string caption) {
  return {.kind = Plot::Kind::kBars,
          .file = std::move(file),
          .title = std::move(title),
          .x_label = std::move(x_label),
          .y_label = std::move(y_label),
          .caption = std::move(caption),
          .categories = {},
          .series = {{.name = "count", .x = {}, .y = {}, .labels = {}}}};
}

std::string bin_name(const HistogramBin& bin, bool ranges_touch) {
  if (bin.from == bin.to) return fmt::format("{:g}", bin.from);
  return ranges_touch ? fmt::format("{:.3g} to {:.3g}", bin.from, bin.to) : fmt::format("{:g}–{:g}", bin.from, bin.to);
}

Plot histogram(Plot plot, const std::vector<HistogramBin>& bins, bool ranges_touch) {
  for (const auto& bin : bins) {
    plot.categories.push_back(bin_name(bin, ranges_touch));
    plot.series[0].y.push_back(exactly(static_cast<double>(bin.count)));
  }
  return plot;
}

// Months, or years where there are too many of them for one plot.
Plot over_time(const std::vector<PeriodCount>& months) {
  const bool by_year = months.size() > kMostPeriods;
  Plot out = bars("time", by_year ? "Events by year" : "Events by month", "", "events", "Times are UTC.");
  std::map<std::string, double> count;
  for (const auto& month : months)
    count[by_year ? month.period.substr(0, month.period.find('-')) : month.period] += static_cast<double>(month.events);
  for (const auto& [period, events] : count) {
    out.categories.push_back(period);
    out.series[0].y.push_back(exactly(events));
  }
  return out;
}

std::string percent(double share) { return fmt::format("{:.1f} %", 100 * share); }

std::string clipped(const std::string& text) {
  if (text.size() <= kLongestCell) return text;
  std::size_t end = kLongestCell;
  while (end > 0 && (text[end] & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "…";
}

ReportTable fields_table(const std::string& title, const std::vector<FieldProfile>& fields, std::int64_t count) {
  ReportTable out{.title = title,
                  .caption = "",
                  .columns = {"field", "filled", "share", "different", "median bytes", "most common"},
                  .rows = {}};
  for (const auto& field : fields)
    out.rows.push_back({field.field, std::to_string(field.filled),
                        count > 0 ? percent(static_cast<double>(field.filled) / static_cast<double>(count)) : "–",
                        std::to_string(field.different), fmt::format("{:g}", field.characters.median),
                        field.most_common.empty() ? "" : clipped(field.most_common[0].first)});
  return out;
}

std::vector<std::string> summary_row(const std::string& name, const NumberSummary& summary) {
  std::vector<std::string> out = {name, std::to_string(summary.count)};
  for (const double value : {summary.mean, summary.minimum, summary.first_quartile, summary.median,
                             summary.third_quartile, summary.p99, summary.maximum})
    out.push_back(fmt::format("{:.4g}", value));
  return out;
}

ReportSection activity(const DatasetProfile& profile) {
  ReportSection out{.title = "Users and items", .paragraphs = {}, .tables = {}, .plots = {}};
  out.tables.push_back({.title = "Events of each user and item",
                        .caption = "Quantiles are numbers that occur.",
                        .columns = {"of each", "count", "mean", "least", "25 %", "median", "75 %", "99 %", "most"},
                        .rows = {summary_row("user", profile.by_user), summary_row("item", profile.by_item)}});
  out.plots.push_back(histogram(bars("users", "Users by number of events", "events of a user", "users", ""),
                                profile.user_histogram, false));
  out.plots.push_back(histogram(bars("items", "Items by number of events", "events of an item", "items", ""),
                                profile.item_histogram, false));
  return out;
}

ReportSection long_tail(const DatasetProfile& profile) {
  ReportSection out{.title = "Long tail", .paragraphs = {}, .tables = {}, .plots = {}};
  out.paragraphs.push_back(
      fmt::format("{} of the items share the last 20 % of the events. The Gini index of events over items is {:.3f}: 0 "
                  "would be all "
                  "alike, 1 everything on one.",
                  percent(profile.tail_items), profile.gini));
  Plot plot = bars("long-tail", "Events on the most popular items", "share of the items", "share of the events, %", "");
  plot.series[0].name = "share";
  for (const auto& [items, events] : profile.head_shares) {
    plot.categories.push_back(fmt::format("{:g} %", 100 * items));
    plot.series[0].y.push_back(exactly(100 * events));
  }
  out.plots.push_back(std::move(plot));
  return out;
}

ReportSection values(const DatasetProfile& profile) {
  ReportSection out{.title = "Values", .paragraphs = {}, .tables = {}, .plots = {}};
  ReportTable table{.title = "Values by type of event",
                    .caption = "",
                    .columns = {"type", "count", "mean", "least", "25 %", "median", "75 %", "99 %", "most", "positive"},
                    .rows = {}};
  for (const auto& type : profile.types) {
    auto row = summary_row(type.type, type.values);
    row.push_back(percent(static_cast<double>(type.positive) / static_cast<double>(type.events)));
    table.rows.push_back(std::move(row));
    if (type.histogram.size() > 1)
      out.plots.push_back(histogram(bars("values-" + type.type, "Values of " + type.type, "value", "events", ""),
                                    type.histogram, true));
  }
  out.tables.push_back(std::move(table));
  return out;
}

}  // namespace

ordered_json cleaning_json(const Dataset& dataset) {
  ordered_json out = ordered_json::array();
  for (const auto& step : dataset.cleaning) {
    out.push_back({{"rule", step.rule}, {"rows_in", step.rows_in}, {"rows_out", step.rows_out}});
    if (step.changed > 0) out.back()["changed"] = step.changed;
  }
  return out;
}

ordered_json profile_json(const DatasetProfile& profile) {
  ordered_json heads = ordered_json::array(), types = ordered_json::array(), months = ordered_json::array();
  for (const auto& [items, events] : profile.head_shares) heads.push_back({{"items", items}, {"events", events}});
  for (const auto& type : profile.types)
    types.push_back({{"type", type.type},
                     {"events", type.events},
                     {"positive", type.positive},
                     {"values", summary_json(type.values)},
                     {"histogram", histogram_json(type.histogram)}});
  for (const auto& month : profile.months) months.push_back({{"month", month.period}, {"events", month.events}});
  ordered_json by_user = summary_json(profile.by_user), by_item = summary_json(profile.by_item);
  by_user["histogram"] = histogram_json(profile.user_histogram);
  by_item["histogram"] = histogram_json(profile.item_histogram);
  return {{"pairs", profile.pairs},
          {"items_without_events", profile.items_without_events},
          {"by_user", by_user},
          {"by_item", by_item},
          {"long_tail", {{"tail_items", profile.tail_items}, {"gini", profile.gini}, {"heads", heads}}},
          {"types", types},
          {"months", months},
          {"item_fields", fields_json(profile.item_fields)},
          {"user_fields", fields_json(profile.user_fields)}};
}

Report data_report(const Dataset& dataset, const DatasetProfile& profile) {
  Report out{.title = dataset.name, .subtitle = "What the prepared data is like", .facts = {}, .sections = {}};
  out.facts = {
      {"users", std::to_string(profile.users)},
      {"items", fmt::format("{}, {} of them without events", profile.items, profile.items_without_events)},
      {"interactions", fmt::format("{}, of {} pairs of a user and an item", profile.interactions, profile.pairs)},
      {"density", fmt::format("{:.4g} %", 100 * profile.density)},
      {"rejected rows", std::to_string(dataset.rejected)}};
  if (!profile.months.empty())
    out.facts.emplace_back("time", profile.months.front().period + " to " + profile.months.back().period);
  ReportTable cleaning{.title = "Rules and what they did",
                       .caption = "Changed: texts repaired, or items that left the catalogue.",
                       .columns = {"rule", "rows in", "rows out", "dropped", "changed"},
                       .rows = {}};
  for (const auto& step : dataset.cleaning)
    cleaning.rows.push_back({step.rule, std::to_string(step.rows_in), std::to_string(step.rows_out),
                             std::to_string(step.rows_in - step.rows_out), std::to_string(step.changed)});
  out.sections.push_back({.title = "Cleaning", .paragraphs = {}, .tables = {std::move(cleaning)}, .plots = {}});
  out.sections.push_back(activity(profile));
  out.sections.push_back(long_tail(profile));
  out.sections.push_back(values(profile));
  if (!profile.months.empty())
    out.sections.push_back({.title = "Time", .paragraphs = {}, .tables = {}, .plots = {over_time(profile.months)}});
  ReportSection fields{.title = "Fields", .paragraphs = {}, .tables = {}, .plots = {}};
  if (!profile.item_fields.empty())
    fields.tables.push_back(fields_table("Fields of items", profile.item_fields, profile.items));
  if (!profile.user_fields.empty())
    fields.tables.push_back(fields_table("Fields of users", profile.user_fields, profile.users));
  if (!fields.tables.empty()) out.sections.push_back(std::move(fields));
  return out;
}

}  // namespace genre
