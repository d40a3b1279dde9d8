#include <cstdio>
#include <ctime>

#include "data_verbs.h"
#include "genre/base/file.h"
#include "genre/data/profile.h"
#include "genre/engine/data_report.h"
#include "genre/engine/item_vectors.h"
#include "genre/lm/catalogue.h"
#include "genre/text/tokenizer.h"
#include "genre/track/html.h"

namespace genre::app {
namespace {

struct DataDescribeArguments {
  PreparedArguments prepared;
  std::string html;
};

// RFC 3339 in UTC; null for data without a clock.
nlohmann::ordered_json time_text(const Dataset& dataset, std::int64_t milliseconds) {
  if (!dataset.has_time) return nullptr;
  const std::time_t seconds = milliseconds / 1000;
  std::tm parts = {};
  gmtime_r(&seconds, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

nlohmann::ordered_json text_summary(const EngineConfig& engine, const Dataset& dataset) {
  const ItemVectors items = item_texts_only(engine, dataset);
  std::int64_t with_text = 0, tokens = 0;
  nlohmann::ordered_json mean = nullptr;
  std::unique_ptr<Tokenizer> tokenizer;
  if (engine.lm.model != "none") tokenizer = load_tokenizer(resolve_model(engine.lm.model));
  for (const auto& text : items.texts) {
    if (text.empty()) continue;
    ++with_text;
    if (tokenizer) tokens += static_cast<std::int64_t>(tokenizer->encode(text, engine.lm.maximum_tokens).size());
  }
  if (tokenizer && with_text > 0) mean = static_cast<double>(tokens) / static_cast<double>(with_text);
  return {{"items_with_text", with_text}, {"mean_tokens", mean}};
}

void print_spread(const char* name, const NumberSummary& numbers) {
  std::printf("%-14s mean %.1f, quartiles %g %g %g, 99 %% %g, most %g\n", name, numbers.mean, numbers.first_quartile,
              numbers.median, numbers.third_quartile, numbers.p99, numbers.maximum);
}

void write_page(const std::string& path, const Dataset& dataset, const DatasetProfile& found) {
  const Report report = data_report(dataset, found);
  std::size_t plots = 0;
  for (const auto& section : report.sections) plots += section.plots.size();
  write_file_atomic(path, report_html(report, std::vector<PlotLinks>(plots)));
}

void describe(const DataDescribeArguments& arguments) {
  const Configuration configuration = load_configuration(arguments.prepared.config, arguments.prepared.settings);
  const PreparedData data = prepare(configuration, arguments.prepared);
  const Dataset& dataset = data.dataset;
  const Interactions& events = dataset.interactions;
  std::int64_t first = 0, last = 0, positive = 0;
  std::vector<std::int64_t> by_type(dataset.types.size()), by_part(kParts);
  for (std::int64_t i = 0; i < events.size(); ++i) {
    first = i == 0 ? events.time[i] : std::min(first, events.time[i]);
    last = i == 0 ? events.time[i] : std::max(last, events.time[i]);
    ++by_type[events.type[i]];
    ++by_part[events.part[i]];
    positive += events.positive[i];
  }
  auto types = nlohmann::ordered_json::object();
  for (std::size_t t = 0; t < by_type.size(); ++t)
    if (by_type[t] > 0) types[dataset.types[t]] = by_type[t];
  const DatasetProfile found = profile(dataset);
  nlohmann::ordered_json out = {
      {"name", dataset.name},
      {"users", dataset.users.size()},
      {"items", dataset.items.size()},
      {"interactions", events.size()},
      {"positive", positive},
      {"density", found.density},
      {"first", time_text(dataset, first)},
      {"last", time_text(dataset, last)},
      {"event_types", types},
      {"parts", {{"train", by_part[0]}, {"valid", by_part[1]}, {"test", by_part[2]}, {"fold_in", by_part[3]}}},
      {"cleaning", cleaning_json(dataset)},
      {"rejected", dataset.rejected},
      {"rejected_path", data.rejected_path.empty() ? nlohmann::ordered_json(nullptr)
                                                   : nlohmann::ordered_json(data.rejected_path.string())},
      {"text", text_summary(configuration.engine, dataset)},
      {"fingerprint", dataset.fingerprint}};
  if (!arguments.html.empty()) {
    write_page(arguments.html, dataset, found);
    out["html"] = arguments.html;
  }
  if (output().json) {
    out.update(profile_json(found));
    return print_json("data.describe", out);
  }
  for (const auto& [key, value] : out.items())
    if (key != "cleaning")
      std::printf("%-14s %s\n", key.c_str(),
                  value.is_string() ? value.get<std::string>().c_str() : value.dump().c_str());
  print_spread("events a user", found.by_user);
  print_spread("events an item", found.by_item);
  std::printf("%-14s %.1f %% of the items share the last 20 %% of the events, Gini %.3f\n", "long tail",
              100 * found.tail_items, found.gini);
  for (const auto& step : dataset.cleaning)
    std::printf("rule %-16s %lld rows in, %lld out%s\n", step.rule.c_str(), static_cast<long long>(step.rows_in),
                static_cast<long long>(step.rows_out),
                step.changed > 0 ? (", " + std::to_string(step.changed) + " changed").c_str() : "");
}

}  // namespace

void add_data_describe(CLI::App& data) {
  auto arguments = std::make_shared<DataDescribeArguments>();
  auto* const verb =
      add_verb(data, "describe", "clean, number and split the data, and say what it is like",
               "  genre data describe genre.toml --json\n  genre data describe genre.toml --html data.html\n");
  add_prepared_arguments(*verb, arguments->prepared);
  verb->add_option("--html", arguments->html, "page with plots to write");
  verb->callback([arguments] { describe(*arguments); });
}

}  // namespace genre::app
