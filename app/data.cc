#include <fmt/format.h>

#include <cmath>
#include <cstdio>
#include <ctime>

#include "command.h"
#include "configuration.h"
#include "genre/base/file.h"
#include "genre/base/log.h"
#include "genre/data/dataset_catalogue.h"
#include "genre/data/item_text.h"
#include "genre/data/split.h"
#include "genre/engine/item_vectors.h"
#include "genre/engine/prepared_data.h"
#include "genre/lm/catalogue.h"
#include "genre/text/tokenizer.h"

namespace genre::app {
namespace fs = std::filesystem;
namespace {

struct Arguments {
  std::string target, output;
  std::vector<std::string> settings;
  bool fresh = false;
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

void describe(const Arguments& arguments) {
  const Configuration configuration = load_configuration(arguments.target, arguments.settings);
  const PreparedData data =
      prepared_data(configuration.engine, arguments.fresh ? CachePolicy::kFresh : CachePolicy::kUse);
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
  auto types = nlohmann::ordered_json::object(), cleaning = nlohmann::ordered_json::array();
  for (std::size_t t = 0; t < by_type.size(); ++t)
    if (by_type[t] > 0) types[dataset.types[t]] = by_type[t];
  for (const auto& step : dataset.cleaning)
    cleaning.push_back({{"rule", step.rule}, {"rows_in", step.rows_in}, {"rows_out", step.rows_out}});
  const double cells = static_cast<double>(dataset.users.size()) * dataset.items.size();
  const nlohmann::ordered_json out = {
      {"name", dataset.name},
      {"users", dataset.users.size()},
      {"items", dataset.items.size()},
      {"interactions", events.size()},
      {"positive", positive},
      {"density", static_cast<double>(events.size()) / cells},
      {"first", time_text(dataset, first)},
      {"last", time_text(dataset, last)},
      {"event_types", types},
      {"parts", {{"train", by_part[0]}, {"valid", by_part[1]}, {"test", by_part[2]}, {"fold_in", by_part[3]}}},
      {"cleaning", cleaning},
      {"rejected", dataset.rejected},
      {"rejected_path", data.rejected_path.empty() ? nlohmann::ordered_json(nullptr)
                                                   : nlohmann::ordered_json(data.rejected_path.string())},
      {"text", text_summary(configuration.engine, dataset)},
      {"fingerprint", dataset.fingerprint}};
  if (output().json) return print_json("data.describe", out);
  for (const auto& [key, value] : out.items())
    if (key != "cleaning")
      std::printf("%-14s %s\n", key.c_str(),
                  value.is_string() ? value.get<std::string>().c_str() : value.dump().c_str());
  for (const auto& step : dataset.cleaning)
    std::printf("rule %-16s %lld rows in, %lld out\n", step.rule.c_str(), static_cast<long long>(step.rows_in),
                static_cast<long long>(step.rows_out));
}

void split(const Arguments& arguments) {
  const Configuration configuration = load_configuration(arguments.target, arguments.settings);
  const Dataset dataset =
      prepared_data(configuration.engine, arguments.fresh ? CachePolicy::kFresh : CachePolicy::kUse).dataset;
  const Interactions& events = dataset.interactions;
  const auto counts = part_counts(dataset);
  std::string parts[kParts];
  for (auto& part : parts) part = "user\titem\tvalue\ttime\ttype\n";
  for (std::int64_t i = 0; i < events.size(); ++i) {
    char value[32];
    std::snprintf(value, sizeof value, "%.9g", static_cast<double>(events.value[i]));
    parts[events.part[i]] += dataset.users.external(events.user[i]) + "\t" + dataset.items.external(events.item[i]) +
                             "\t" + value + "\t" + std::to_string(events.time[i]) + "\t" +
                             dataset.types[events.type[i]] + "\n";
  }
  const double future = dataset.has_time ? future_share(events) : std::nan("");
  nlohmann::ordered_json out = {{"output", arguments.output}, {"kind", configuration.engine.data.split.kind}};
  auto detail = nlohmann::ordered_json::object();
  for (int p = 0; p < kParts; ++p) {
    out[kPartNames[p]] = counts[p].interactions;
    detail[kPartNames[p]] = {
        {"interactions", counts[p].interactions}, {"users", counts[p].users}, {"items", counts[p].items}};
    if (p == static_cast<int>(Part::kFoldIn) && counts[p].interactions == 0) continue;
    write_file_atomic(fs::path(arguments.output) / (std::string(kPartNames[p]) + ".tsv"), parts[p]);
    if (!output().json)
      std::printf("%-8s %10lld interactions of %lld users with %lld items\n", kPartNames[p],
                  static_cast<long long>(counts[p].interactions), static_cast<long long>(counts[p].users),
                  static_cast<long long>(counts[p].items));
  }
  out["parts"] = detail;
  out["future_share"] = std::isnan(future) ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(future);
  if (future > 0)
    log_warning(
        fmt::format("on average {:.0f} % of the training interactions are later than a test interaction: models "
                    "see the future; kind = \"temporal\" does not",
                    100 * future));
  if (output().json) print_json("data.split", out);
}

void get(const Arguments& arguments) {
  const FetchedDataset fetched = fetch_dataset(arguments.target, arguments.output);
  std::fprintf(stderr, "%s\n", fetched.licence.c_str());
  if (output().json)
    print_json(
        "data.get",
        {{"folder", fetched.folder.string()}, {"config", fetched.config.string()}, {"licence", fetched.licence}});
  else
    std::printf("%s\n", fetched.config.string().c_str());
}

void list() {
  auto datasets = nlohmann::ordered_json::array();
  for (const auto& dataset : catalogue_datasets()) {
    datasets.push_back({{"name", dataset.name}, {"meaning", dataset.doc}, {"licence", dataset.licence}});
    if (!output().json) std::printf("%-10s %s\n", dataset.name.c_str(), dataset.doc.c_str());
  }
  if (output().json) print_json("data.list", {{"datasets", datasets}});
}

}  // namespace

void add_data(CLI::App& app) {
  auto arguments = std::make_shared<Arguments>();
  auto* const verb = app.add_subcommand("data", "datasets: get, list, describe, split");
  verb->require_subcommand(1);
  auto* const describe_verb = add_verb(*verb, "describe", "clean, number and split the data, and say what it is like",
                                       "  genre data describe genre.toml --json\n");
  auto* const split_verb =
      add_verb(*verb, "split", "write train.tsv, valid.tsv, test.tsv and, of held-out users, fold_in.tsv",
               "  genre data split genre.toml --output parts\n");
  for (auto* const sub : {describe_verb, split_verb}) {
    sub->add_option("config", arguments->target, "configuration file")->required();
    sub->add_option("--set", arguments->settings, "key=value, TOML literal; may be repeated")->allow_extra_args(false);
    sub->add_flag("--fresh", arguments->fresh, "ignore the cache");
  }
  split_verb->add_option("--output", arguments->output, "folder to write to")->required();
  describe_verb->callback([arguments] { describe(*arguments); });
  split_verb->callback([arguments] { split(*arguments); });
  auto* const get_verb = add_verb(*verb, "get", "fetch a public dataset and a configuration that reads it",
                                  "  genre data get ml-100k --output ml-100k\n");
  get_verb->add_option("name", arguments->target, "name in the catalogue")->required();
  get_verb->add_option("--output", arguments->output, "folder (default: the cache)");
  get_verb->callback([arguments] { get(*arguments); });
  add_verb(*verb, "list", "the dataset catalogue", "")->callback([] { list(); });
}

}  // namespace genre::app
