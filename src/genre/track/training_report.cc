#include "genre/track/training_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <vector>

#include "genre/track/axis.h"
#include "genre/track/curve.h"

namespace genre {
namespace {

struct Values {
  std::vector<std::int64_t> steps;
  std::vector<double> values;
};
using ByTag = std::map<std::string, Values>;

ByTag by_tag(std::span<const MetricLine> metrics) {
  ByTag out;
  for (const auto& line : metrics) {
    Values& values = out[line.tag()];
    values.steps.push_back(line.step);
    values.values.push_back(line.value);
  }
  return out;
}

std::string number(double value) { return std::isfinite(value) ? short_number(value, 4) : "–"; }

// "972" as it is, "3,874" with a separator.
std::string counted(std::int64_t value) {
  std::string out = std::to_string(value);
  for (std::ptrdiff_t i = static_cast<std::ptrdiff_t>(out.size()) - 3; i > 0; i -= 3) out.insert(i, ",");
  return out;
}

std::string million(std::int64_t value) { return fmt::format("{:.2f}", static_cast<double>(value) / 1e6); }

std::string duration(double seconds) {
  if (seconds < 120) return fmt::format("{:.1f} s", seconds);
  return seconds < 7200 ? fmt::format("{:.1f} min", seconds / 60) : fmt::format("{:.1f} h", seconds / 3600);
}

std::int64_t last_step(std::span<const MetricLine> metrics) {
  std::int64_t out = 0;
  for (const auto& line : metrics) out = std::max(out, line.step);
  return out;
}

std::string state(const TrainingSubject& subject, std::span<const MetricLine> metrics,
                  const std::optional<TrainingResult>& end, const std::string& why) {
  if (!end) return fmt::format("{} at step {} of {}", why, counted(last_step(metrics)), counted(subject.steps));
  if (!end->stopped_early) return fmt::format("finished after {} steps", counted(end->steps));
  return fmt::format("stopped early after step {} of {}: {} of the validation part did not improve",
                     counted(end->steps), counted(subject.steps), subject.metric);
}

std::vector<std::pair<std::string, std::string>> facts(const TrainingSubject& subject,
                                                       std::span<const MetricLine> metrics,
                                                       const std::optional<TrainingResult>& end,
                                                       const std::string& why) {
  std::string examples, sources;
  for (const auto& [part, count] : subject.examples)
    examples += fmt::format("{}{} {}", examples.empty() ? "" : ", ", part, counted(count));
  for (const auto& source : subject.sources) sources += (sources.empty() ? "" : ", ") + source;
  std::vector<std::pair<std::string, std::string>> out = {
      {"state", state(subject, metrics, end, why)},
      {"task", subject.task},
      {"base model", subject.base.name},
      {"data", sources},
      {"examples", examples},
      {"tokens",
       fmt::format("{:.1f} an example; texts are cut behind {}", subject.mean_tokens, subject.maximum_tokens)},
      {"trained", fmt::format("{} of {} million parameters", million(subject.trained_parameters),
                              million(subject.total_parameters))}};
  if (subject.labels > 0) out.emplace_back("labels", counted(subject.labels));
  if (!end) return out;
  out.emplace_back("kept weights",
                   fmt::format("step {}, by {} of the validation part", counted(end->best_step), subject.metric));
  out.emplace_back("time", fmt::format("{} of training steps, {:.1f} examples a second", duration(end->seconds),
                                       end->examples_per_second));
  return out;
}

// The value of the validation part at `step`, or at the last measurement where step is not given.
double valid_value(const ByTag& tags, const std::string& name, std::optional<std::int64_t> step) {
  const auto found = tags.find("valid/" + name);
  if (found == tags.end()) return std::nan("");
  const Values& values = found->second;
  if (!step) return values.values.back();
  const auto at = std::find(values.steps.begin(), values.steps.end(), *step);
  return at == values.steps.end() ? std::nan("") : values.values[at - values.steps.begin()];
}

std::set<std::string> measured_names(const ByTag& tags) {
  std::set<std::string> out;
  for (const auto& [tag, values] : tags)
    for (const std::string part : {"valid/", "test/"})
      if (tag.starts_with(part)) out.insert(tag.substr(part.size()));
  return out;
}

ReportTable result_table(const ByTag& tags, const std::optional<TrainingResult>& end) {
  ReportTable out{.title = "Measured values", .caption = {}, .columns = {"measure", "validation", "test"}, .rows = {}};
  out.caption = end ? fmt::format("Of the weights of step {}, which were kept.", counted(end->best_step))
                    : "Of the last measurement of the validation part; the test part is measured at the end.";
  for (const auto& name : measured_names(tags)) {
    const auto test = tags.find("test/" + name);
    out.rows.push_back({name, number(valid_value(tags, name, end ? std::optional(end->best_step) : std::nullopt)),
                        test == tags.end() ? "–" : number(test->second.values.back())});
  }
  return out;
}

PlotSeries series_of(std::string name, Curve curve) {
  return {.name = std::move(name), .x = std::move(curve.x), .y = std::move(curve.y), .labels = {}};
}

std::string thinning(const Curve& curve) {
  return curve.steps_a_point == 1
             ? "Every step."
             : fmt::format(
                   "Each point is the mean of {} consecutive steps, the band goes from their least to their "
                   "greatest value.",
                   curve.steps_a_point);
}

Plot curves(std::string file, std::string title, std::string y_label) {
  return {.kind = Plot::Kind::kCurves,
          .file = std::move(file),
          .title = std::move(title),
          .x_label = "step",
          .y_label = std::move(y_label),
          .caption = {},
          .categories = {},
          .series = {}};
}

Plot loss_plot(const ByTag& tags) {
  Plot plot = curves("loss", "Loss", "loss");
  if (const auto found = tags.find("train/loss"); found != tags.end()) {
    const auto& [steps, values] = found->second;
    const double length = std::max(5.0, std::round(static_cast<double>(values.size()) / 50));
    Curve raw = thin(steps, values), smoothed = thin(steps, smooth(values, length));
    for (auto& point : smoothed.y) point.low = point.high = point.value;
    plot.caption = thinning(raw) + fmt::format(" Smoothed: the exponential moving average over {} steps.", length);
    plot.series.push_back(series_of("training", std::move(raw)));
    plot.series.push_back(series_of("training, smoothed", std::move(smoothed)));
  }
  if (const auto found = tags.find("valid/loss"); found != tags.end())
    plot.series.push_back(series_of("validation", thin(found->second.steps, found->second.values)));
  return plot;
}

Plot train_plot(const ByTag& tags, const std::string& name, const std::string& title, const std::string& caption) {
  std::string label = name;
  std::ranges::replace(label, '_', ' ');
  Plot plot = curves(name, title, label);
  if (const auto found = tags.find("train/" + name); found != tags.end()) {
    Curve curve = thin(found->second.steps, found->second.values);
    plot.caption = thinning(curve) + caption;
    plot.series.push_back(series_of({}, std::move(curve)));
  }
  return plot;
}

// Measures that are shares or correlations have one plot together, others one each.
std::vector<Plot> validation_plots(const ByTag& tags, const std::string& caption) {
  std::vector<Plot> out = {curves("validation", "Validation", "value")};
  for (const auto& [tag, values] : tags) {
    const std::string name = tag.substr(tag.find('/') + 1);
    if (!tag.starts_with("valid/") || name == "loss") continue;
    const bool share =
        std::ranges::all_of(values.values, [](double value) { return std::isnan(value) || std::abs(value) <= 1; });
    if (!share) out.push_back(curves("validation-" + name, "Validation: " + name, name));
    (share ? out.front() : out.back()).series.push_back(series_of(name, thin(values.steps, values.values)));
  }
  if (out.front().series.empty()) out.erase(out.begin());
  for (auto& plot : out) plot.caption = caption;
  return out;
}

std::string setting(const std::vector<std::pair<std::string, std::string>>& settings, const std::string& key) {
  for (const auto& [name, value] : settings)
    if (name == key) return value;
  return {};
}

}  // namespace

Report training_report(const std::string& name, const TrainingSubject& subject, std::span<const MetricLine> metrics,
                       const std::optional<TrainingResult>& end, const std::string& why) {
  const ByTag tags = by_tag(metrics);
  const auto settings = flat_settings(subject.configuration);
  Report out{.title = fmt::format("Training: {} from {}", subject.task, subject.base.name),
             .subtitle = name,
             .facts = facts(subject, metrics, end, why),
             .sections = {}};
  out.sections.push_back({.title = "Result", .paragraphs = {}, .tables = {result_table(tags, end)}, .plots = {}});
  const std::string clip = setting(settings, "optimizer.clip");
  ReportSection course{.title = "Course", .paragraphs = {}, .tables = {}, .plots = {loss_plot(tags)}};
  for (auto& plot :
       validation_plots(tags, end ? fmt::format("Measured on the validation part; the weights of step {} were kept.",
                                                counted(end->best_step))
                                  : "Measured on the validation part."))
    course.plots.push_back(std::move(plot));
  course.plots.push_back(train_plot(tags, "learning_rate", "Learning rate", ""));
  course.plots.push_back(
      train_plot(tags, "gradient_norm", "Gradient norm",
                 clip.empty() || clip == "0" ? "" : fmt::format(" Before it is clipped to {}.", clip)));
  out.sections.push_back(std::move(course));
  ReportTable table{
      .title = "Configuration", .caption = "With every default filled in.", .columns = {"key", "value"}, .rows = {}};
  for (const auto& [key, value] : settings) table.rows.push_back({key, value.empty() ? "–" : value});
  out.sections.push_back({.title = "Settings", .paragraphs = {}, .tables = {std::move(table)}, .plots = {}});
  return out;
}

}  // namespace genre
