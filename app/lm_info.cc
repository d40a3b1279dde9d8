#include <cstdio>

#include "genre/lm/catalogue.h"
#include "genre/lm/model_description.h"
#include "lm_verbs.h"

namespace genre::app {
namespace {

// What was said when the model was entered, else what its files say.
std::string licence_of(const std::string& name, const ModelDescription& model) {
  for (const auto& entry : catalogue_models())
    if (entry.name == name) return entry.licence;
  const auto added = find_registered_model(name);
  return added && !added->licence.empty() ? added->licence : model.licence;
}

void print(const std::string& name, const std::string& path, const std::string& licence,
           const ModelDescription& model) {
  std::printf("%s\nat              %s\narchitecture    %s\nlicence         %s\n", name.c_str(), path.c_str(),
              model.architecture.empty() ? "not stated" : model.architecture.c_str(),
              licence.empty() ? "not stated" : licence.c_str());
  for (const auto& [key, value] : model.shape) std::printf("%-15s %lld\n", key.c_str(), static_cast<long long>(value));
  std::printf("parameters      %.1f M\n", static_cast<double>(model.parameters) / 1e6);
  for (const auto& [format, share] : model.formats)
    std::printf("  %-13s %lld tensors, %.1f M parameters, %.1f MB\n", format.c_str(),
                static_cast<long long>(share.tensors), static_cast<double>(share.parameters) / 1e6,
                static_cast<double>(share.bytes) / 1e6);
  std::printf("on disk         %.1f MB\nin memory       at most %.1f MB of weights as fp32",
              static_cast<double>(model.disk_bytes) / 1e6, static_cast<double>(model.fp32_bytes) / 1e6);
  if (model.cache_bytes_per_position > 0)
    std::printf(", %.1f MB in blocks of integers; %lld bytes for each token of a sequence",
                static_cast<double>(model.integer_bytes) / 1e6, static_cast<long long>(model.cache_bytes_per_position));
  std::printf("\n");
  for (const auto& file : model.files) std::printf("%s  %s\n", file.sha256.c_str(), file.name.c_str());
}

void info(const std::string& name) {
  const auto path = resolve_model(name);
  const ModelDescription model = describe_model(path);
  const std::string licence = licence_of(name, model);
  if (!output().json) return print(name, path.string(), licence, model);
  nlohmann::ordered_json shape, formats;
  for (const auto& [key, value] : model.shape) shape[key] = value;
  for (const auto& [format, share] : model.formats)
    formats[format] = {{"tensors", share.tensors}, {"parameters", share.parameters}, {"bytes", share.bytes}};
  auto files = nlohmann::ordered_json::array();
  for (const auto& file : model.files)
    files.push_back({{"name", file.name}, {"bytes", file.bytes}, {"sha256", file.sha256}});
  print_json("lm.info", {{"model", name},
                         {"folder", path.string()},
                         {"architecture", model.architecture},
                         {"licence", licence},
                         {"shape", shape},
                         {"parameters", model.parameters},
                         {"formats", formats},
                         {"bytes_on_disk", model.disk_bytes},
                         {"bytes_in_memory", {{"fp32", model.fp32_bytes}, {"integer", model.integer_bytes}}},
                         {"cache_bytes_per_token", model.cache_bytes_per_position},
                         {"files", files}});
}

}  // namespace

void add_lm_info(CLI::App& parent) {
  auto model = std::make_shared<std::string>(LmOptions().model);
  auto* const verb = add_verb(parent, "info", "what a model is: shape, formats, size, licence, checksums",
                              "  genre lm info\n  genre lm info --model FOLDER_OR_FILE.gguf --json\n");
  add_model_option(*verb, *model);
  verb->callback([model] { info(*model); });
}

}  // namespace genre::app
