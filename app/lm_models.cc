#include <cstdio>
#include <filesystem>

#include "genre/lm/catalogue.h"
#include "genre/lm/model_description.h"
#include "lm_verbs.h"

namespace genre::app {
namespace {

std::int64_t bytes_of(const RegisteredModel& model) {
  std::int64_t bytes = 0;
  for (const auto& file : model.files) bytes += file.bytes;
  return bytes;
}

nlohmann::ordered_json to_json(const RegisteredModel& model) {
  auto files = nlohmann::ordered_json::array();
  for (const auto& file : model.files)
    files.push_back({{"name", file.name}, {"bytes", file.bytes}, {"sha256", file.sha256}});
  return {{"name", model.name},
          {"path", model.path.string()},
          {"bytes", bytes_of(model)},
          {"licence", model.licence},
          {"files", files}};
}

void list_models() {
  auto models = nlohmann::ordered_json::array(), added = nlohmann::ordered_json::array();
  for (const auto& model : catalogue_models()) {
    models.push_back({{"name", model.name},
                      {"family", model.family},
                      {"dimension", model.dimension},
                      {"bytes", model.bytes},
                      {"licence", model.licence},
                      {"repository", model.repository},
                      {"meaning", model.doc}});
    if (!output().json)
      std::printf("%-22s %s, %d dimensions, %.0f MB, %s\n", model.name.c_str(), model.doc.c_str(), model.dimension,
                  static_cast<double>(model.bytes) / 1e6, model.licence.c_str());
  }
  for (const auto& model : registered_models()) {
    added.push_back(to_json(model));
    if (!output().json)
      std::printf("%-22s %s, added, %.0f MB, %s\n", model.name.c_str(), model.path.c_str(),
                  static_cast<double>(bytes_of(model)) / 1e6,
                  model.licence.empty() ? "licence not stated" : model.licence.c_str());
  }
  if (output().json) print_json("lm.models", {{"models", models}, {"added", added}});
}

struct Addition {
  std::string path, name, licence;
};

void add_model(const Addition& addition) {
  const auto path = std::filesystem::path(addition.path).lexically_normal();
  const std::string own = path.has_filename() ? path.stem().string() : path.parent_path().filename().string();
  const std::string licence = addition.licence.empty() ? describe_model(path).licence : addition.licence;
  const auto model = add_to_catalogue(path, addition.name.empty() ? own : addition.name, licence);
  if (output().json) return print_json("lm.models.add", to_json(model));
  std::printf("%s: %zu files, %.1f MB, %s\n", model.name.c_str(), model.files.size(),
              static_cast<double>(bytes_of(model)) / 1e6, licence.empty() ? "licence not stated" : licence.c_str());
  for (const auto& file : model.files) std::printf("%s  %s\n", file.sha256.c_str(), file.name.c_str());
}

void remove_model(const std::string& name) {
  unregister_model(name);
  if (output().json) return print_json("lm.models.remove", {{"name", name}});
  std::printf("%s is forgotten; its files stay where they are\n", name.c_str());
}

}  // namespace

void add_lm_models(CLI::App& parent) {
  auto* const verb = add_verb(parent, "models", "the model catalogue, and models of your own added to it",
                              "  genre lm models\n  genre lm models add FOLDER --name mine --licence MIT\n");
  verb->require_subcommand(0, 1);
  auto addition = std::make_shared<Addition>();
  auto* const add = add_verb(*verb, "add", "record a folder or GGUF file, its licence and the SHA-256 of its files",
                             "  genre lm models add FOLDER --name mine --licence MIT\n");
  add->add_option("path", addition->path, "model folder or GGUF file")->required();
  add->add_option("--name", addition->name, "what `--model` will call it (default: the folder's name)");
  add->add_option("--licence", addition->licence, "default: what its files state");
  add->callback([addition] { add_model(*addition); });
  auto name = std::make_shared<std::string>();
  auto* const remove = add_verb(*verb, "remove", "forget a model that was added", "  genre lm models remove mine\n");
  remove->add_option("name", *name)->required();
  remove->callback([name] { remove_model(*name); });
  verb->callback([verb] {
    if (verb->get_subcommands().empty()) list_models();
  });
}

}  // namespace genre::app
