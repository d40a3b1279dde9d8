#include <cstdio>

#include "command.h"
#include "configuration.h"
#include "genre/config/schema.h"
#include "genre/engine/published_values.h"
#include "genre/engine/repeated_evaluation.h"

namespace genre::app {
namespace {

constexpr const char* kIntroduction =
    "# Configuration reference\n\n"
    "Every key with its type, default, range and meaning. Written by `genre config schema --markdown` from the field "
    "tables\n"
    "that also load and check the file; a test keeps this page equal to them. Layers: defaults < file < `GENRE_*` "
    "environment\n"
    "(`GENRE_SERVE__PORT` sets `serve.port`) < `--set key=value`. Relative paths count from the file's folder.\n\n";

void schema(bool markdown) {
  Configuration configuration;
  config::Fields f;
  configuration.fields(f);
  if (markdown)
    std::fputs((kIntroduction + config::schema_markdown(f)).c_str(), stdout);
  else if (output().json)
    print_json("config.schema", {{"keys", config::schema_json(f)}});
  else
    for (const auto& row : config::schema_json(f))
      std::printf("%s = %s   # %s%s%s. %s\n", row["key"].get<std::string>().c_str(), row["default"].dump().c_str(),
                  row["type"].get<std::string>().c_str(), row["range"].get<std::string>().empty() ? "" : ", ",
                  row["range"].get<std::string>().c_str(), row["meaning"].get<std::string>().c_str());
}

void check(const std::string& file, const std::vector<std::string>& settings) {
  const Configuration configuration = load_configuration(file, settings);
  const bool finetunes = !configuration.finetune.examples.empty(),
             recommends = configuration.engine.model != nullptr || !configuration.engine.models.empty();
  std::string digest;
  if (finetunes) digest = finetune_config(configuration).digest();
  if (recommends || !finetunes) {
    for (const auto& model : configuration.engine.recommenders())
      (void)model->build();  // settings that do not go together
    (void)published_values(configuration.engine);
    (void)repetitions(configuration.engine);
    digest = configuration.engine.digest();
  }
  if (output().json)
    print_json("config.check", {{"file", file}, {"valid", true}, {"digest", digest}});
  else
    std::printf("%s: valid, digest %s\n", file.c_str(), digest.substr(0, 16).c_str());
}

}  // namespace

void add_config(CLI::App& app) {
  auto* const verb = app.add_subcommand("config", "list or check configuration keys");
  verb->require_subcommand(1);
  auto* const schema_verb =
      add_verb(*verb, "schema", "every key with type, default, range and meaning",
               "  genre config schema --json\n  genre config schema --markdown > docs/configuration.md\n");
  auto markdown = std::make_shared<bool>(false);
  schema_verb->add_flag("--markdown", *markdown, "as docs/configuration.md");
  schema_verb->callback([markdown] { schema(*markdown); });
  auto* const check_verb =
      add_verb(*verb, "check", "check a file and report every fault at once", "  genre config check genre.toml\n");
  struct ConfigArguments {
    std::string file;
    std::vector<std::string> settings;
  };
  auto arguments = std::make_shared<ConfigArguments>();
  check_verb->add_option("file", arguments->file, "configuration file")->required();
  check_verb->add_option("--set", arguments->settings, "key=value, TOML literal")->allow_extra_args(false);
  check_verb->callback([arguments] { check(arguments->file, arguments->settings); });
}

}  // namespace genre::app
