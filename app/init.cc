#include <cstdio>

#include "command.h"
#include "inferred_configuration.h"

namespace genre::app {
namespace {

struct InitArguments {
  std::string interactions, items, output = "genre.toml";
  bool force = false;
};

void init(const InitArguments& arguments) {
  write_inferred_configuration(inferred_configuration(arguments.interactions, arguments.items, arguments.output),
                               arguments.output, arguments.force);
  if (output().json)
    print_json("init", {{"config", arguments.output}});
  else
    std::printf("%s written; look at the guessed columns, then: genre train %s\n", arguments.output.c_str(),
                arguments.output.c_str());
}

}  // namespace

void add_init(CLI::App& app) {
  auto arguments = std::make_shared<InitArguments>();
  auto* const verb = add_verb(app, "init", "write a commented configuration for your own files",
                              "  genre init --interactions ratings.csv --items films.csv\n");
  verb->add_option("--interactions", arguments->interactions, "file of events: CSV with any delimiter, or JSON lines")
      ->required();
  verb->add_option("--items", arguments->items, "file of items: id, title, other fields");
  verb->add_option("--output", arguments->output, "file to write")->capture_default_str();
  verb->add_flag("--force", arguments->force, "replace an existing file");
  verb->callback([arguments] { init(*arguments); });
}

}  // namespace genre::app
