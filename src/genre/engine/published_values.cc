#include "genre/engine/published_values.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "genre/base/error.h"

namespace genre {

bool PublishedValues::empty() const {
  return std::all_of(models.begin(), models.end(), [](const auto& values) { return values.empty(); });
}

PublishedValues published_values(const EngineConfig& config) {
  PublishedValues out{config.evaluate.published_source, {}};
  const auto& metrics = config.evaluate.metrics;
  for (std::size_t m = 0; m < config.models.size(); ++m) {
    const auto& entry = dynamic_cast<const ComparedModel&>(*config.models[m]);
    for (const auto& [metric, value] : entry.published)
      if (std::find(metrics.begin(), metrics.end(), metric) == metrics.end()) {
        const std::string key = fmt::format("models[{}].published.{}", m, metric);
        throw Error(ErrorCode::kConfig,
                    fmt::format("'{}' is a value of {} for a metric that is not evaluated", key, entry.name()),
                    fmt::format("evaluated are {}: add it to evaluate.metrics, or leave the value out",
                                fmt::join(metrics, ", ")),
                    {.key = key});
      }
    out.models.push_back(entry.published);
  }
  return out;
}

void add_published(nlohmann::ordered_json& evaluation, const PublishedValues& published) {
  if (published.empty()) return;
  auto& results = evaluation.at("results");
  for (std::size_t m = 0; m < published.models.size(); ++m)
    if (!published.models[m].empty()) results.at(m)["published"] = published.models[m];
  if (!published.source.empty()) evaluation["published_source"] = published.source;
}

ReportTable published_table(const nlohmann::ordered_json& evaluation) {
  const std::string source = evaluation.value("published_source", "");
  ReportTable out{.title = "Beside published values",
                  .caption = source.empty() ? "" : "Published: " + source,
                  .columns = {"model", "metric", "ours", "published", "difference"},
                  .rows = {}};
  for (const auto& result : evaluation.at("results")) {
    const auto published = result.find("published");
    if (published == result.end()) continue;
    for (const auto& [metric, theirs] : published->items()) {
      const auto ours = result.at("metrics").find(metric);
      const bool known = ours != result.at("metrics").end() && ours->at("value").is_number();
      const double value = known ? ours->at("value").get<double>() : 0;
      out.rows.push_back({result.at("model").get<std::string>(), metric, known ? fmt::format("{:.4f}", value) : "–",
                          fmt::format("{:.4f}", theirs.get<double>()),
                          known ? fmt::format("{:+.4f}", value - theirs.get<double>()) : "–"});
    }
  }
  return out;
}

}  // namespace genre
