#include <cstdio>

#include "command.h"
#include "genre/config/schema.h"
#include "genre/rec/registry.h"

namespace genre::app {
namespace {

void list_all() {
  if (output().json) {
    auto models = nlohmann::ordered_json::array();
    for (const auto& type : recommender_types())
      models.push_back({{"name", type.name}, {"family", type.family}, {"meaning", type.doc}});
    print_json("models", {{"models", models}});
    return;
  }
  for (const auto& type : recommender_types())
    std::printf("%-14s %-14s %s\n", type.name.c_str(), type.family.c_str(), type.doc.c_str());
  std::printf("'genre models NAME' shows the parameters of one\n");
}

// As it stands behind the key in a configuration.
std::string toml(const nlohmann::ordered_json& value) {
  if (!value.is_structured()) return value.dump();
  std::string out;
  for (const auto& [key, element] : value.items())
    out += (out.empty() ? "" : ", ") + (value.is_object() ? key + " = " : "") + toml(element);
  return value.is_object() ? "{ " + out + " }" : "[" + out + "]";
}

void show(const std::string& name) {
  (void)make_recommender_options(name);  // throws for an unknown name
  for (const auto& alternative : recommender_alternatives()) {
    if (alternative.name != name) continue;
    const auto json = config::alternative_json(alternative);
    if (output().json) return print_json("models", json);
    std::printf("%s: %s\n\n[model]\nname = \"%s\"\n", name.c_str(), alternative.doc.c_str(), name.c_str());
    for (const auto& row : json["parameters"])
      std::printf("%s = %s   # %s%s%s. %s\n", row["key"].get<std::string>().c_str(), toml(row["default"]).c_str(),
                  row["type"].get<std::string>().c_str(), row["range"].get<std::string>().empty() ? "" : ", ",
                  row["range"].get<std::string>().c_str(), row["meaning"].get<std::string>().c_str());
  }
}

}  // namespace

void add_models(CLI::App& app) {
  auto name = std::make_shared<std::string>();
  auto* const verb =
      add_verb(app, "models", "every recommender, or the parameters of one", "  genre models\n  genre models ease\n");
  verb->add_option("name", *name, "recommender");
  verb->callback([name] { name->empty() ? list_all() : show(*name); });
}

}  // namespace genre::app
