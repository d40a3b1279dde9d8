#include <cstdio>

#include "data_verbs.h"
#include "genre/base/file.h"

namespace genre::app {
namespace {

struct Arguments {
  PreparedArguments prepared;
  std::string output;
};

void split(const Arguments& arguments) {
  const Configuration configuration = load_configuration(arguments.prepared.config, arguments.prepared.settings);
  const Dataset dataset = prepare(configuration, arguments.prepared).dataset;
  const Interactions& events = dataset.interactions;
  constexpr const char* kNames[] = {"train.tsv", "valid.tsv", "test.tsv"};
  std::string parts[3];
  std::int64_t counts[3] = {};
  for (auto& part : parts) part = "user\titem\tvalue\ttime\ttype\n";
  for (std::int64_t i = 0; i < events.size(); ++i) {
    char value[32];
    std::snprintf(value, sizeof value, "%.9g", static_cast<double>(events.value[i]));
    parts[events.part[i]] += dataset.users.external(events.user[i]) + "\t" + dataset.items.external(events.item[i]) +
                             "\t" + value + "\t" + std::to_string(events.time[i]) + "\t" +
                             dataset.types[events.type[i]] + "\n";
    ++counts[events.part[i]];
  }
  for (int p = 0; p < 3; ++p) write_file_atomic(std::filesystem::path(arguments.output) / kNames[p], parts[p]);
  if (output().json)
    print_json("data.split",
               {{"output", arguments.output}, {"train", counts[0]}, {"valid", counts[1]}, {"test", counts[2]}});
  else
    std::printf("%s: train %lld, valid %lld, test %lld rows\n", arguments.output.c_str(),
                static_cast<long long>(counts[0]), static_cast<long long>(counts[1]),
                static_cast<long long>(counts[2]));
}

}  // namespace

void add_data_split(CLI::App& data) {
  auto arguments = std::make_shared<Arguments>();
  auto* const verb = add_verb(data, "split", "write train.tsv, valid.tsv and test.tsv",
                              "  genre data split genre.toml --output parts\n");
  add_prepared_arguments(*verb, arguments->prepared);
  verb->add_option("--output", arguments->output, "folder to write to")->required();
  verb->callback([arguments] { split(*arguments); });
}

}  // namespace genre::app
