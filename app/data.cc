#include "data_verbs.h"

namespace genre::app {

void add_prepared_arguments(CLI::App& verb, PreparedArguments& arguments) {
  verb.add_option("config", arguments.config, "configuration file")->required();
  verb.add_option("--set", arguments.settings, "key=value, TOML literal; may be repeated")->allow_extra_args(false);
  verb.add_flag("--fresh", arguments.fresh, "ignore the cache");
}

PreparedData prepare(const Configuration& configuration, const PreparedArguments& arguments) {
  return prepared_data(configuration.engine, arguments.fresh ? CachePolicy::kFresh : CachePolicy::kUse);
}

void add_data(CLI::App& app) {
  auto* const verb = app.add_subcommand("data", "datasets: import, validate, describe, split, export, get, list");
  verb->require_subcommand(1);
  add_data_import(*verb);
  add_data_validate(*verb);
  add_data_describe(*verb);
  add_data_split(*verb);
  add_data_suggest_labels(*verb);
  add_data_export(*verb);
  add_data_get(*verb);
}

}  // namespace genre::app
