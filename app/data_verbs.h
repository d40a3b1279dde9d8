// The verbs below `genre data`, one file each.
#pragma once

#include <string>
#include <vector>

#include "command.h"
#include "configuration.h"
#include "genre/engine/prepared_data.h"

namespace genre::app {

struct PreparedArguments {
  std::string config;
  std::vector<std::string> settings;
  bool fresh = false;
};
// The options of verbs that prepare data: CONFIG, --set, --fresh.
void add_prepared_arguments(CLI::App& verb, PreparedArguments& arguments);
PreparedData prepare(const Configuration& configuration, const PreparedArguments& arguments);

void add_data_describe(CLI::App& data);
void add_data_export(CLI::App& data);
void add_data_get(CLI::App& data);  // and list
void add_data_import(CLI::App& data);
void add_data_split(CLI::App& data);
void add_data_suggest_labels(CLI::App& data);
void add_data_validate(CLI::App& data);

}  // namespace genre::app
