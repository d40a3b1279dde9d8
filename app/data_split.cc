#include <fmt/format.h>

#include <cmath>
#include <cstdio>

#include "data_verbs.h"
#include "genre/base/file.h"
#include "genre/base/log.h"
#include "genre/data/split.h"

namespace genre::app {
namespace {

struct DataSplitArguments {
  PreparedArguments prepared;
  std::string output;
};

void split(const DataSplitArguments& arguments) {
  const Configuration configuration = load_configuration(arguments.prepared.config, arguments.prepared.settings);
  const Dataset dataset = prepare(configuration, arguments.prepared).dataset;
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
    write_file_atomic(std::filesystem::path(arguments.output) / (std::string(kPartNames[p]) + ".tsv"), parts[p]);
    if (!output().json)
      std::printf("%-8s %10lld interactions of %lld users with %lld items\n", kPartNames[p],
                  static_cast<long long>(counts[p].interactions), static_cast<long long>(counts[p].users),
                  static_cast<long long>(counts[p].items));
  }
  out["parts"] = detail;
  out["future_share"] = std::isnan(future) ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(future);
  if (future > 0)
    log_warning(
        fmt::format("on average {:.0f} % of the training interactions are later than a test interaction: "
                    "models see the future; kind = \"temporal\" does not",
                    100 * future));
  if (output().json) print_json("data.split", out);
}

}  // namespace

void add_data_split(CLI::App& data) {
  auto arguments = std::make_shared<DataSplitArguments>();
  auto* const verb = add_verb(data, "split", "write train.tsv, valid.tsv, test.tsv and, of held-out users, fold_in.tsv",
                              "  genre data split genre.toml --output parts\n");
  add_prepared_arguments(*verb, arguments->prepared);
  verb->add_option("--output", arguments->output, "folder to write to")->required();
  verb->callback([arguments] { split(*arguments); });
}

}  // namespace genre::app
