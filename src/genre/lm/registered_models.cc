#include "genre/lm/registered_models.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "genre/base/error.h"
#include "genre/base/file.h"
#include "genre/base/log.h"
#include "genre/base/text_distance.h"
#include "genre/lm/digest_cache.h"
#include "genre/lm/tensor_source.h"

namespace genre {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kEndings[] = {".gguf", ".json", ".model", ".safetensors", ".txt"};

fs::path records() { return cache_folder() / "registered_models"; }
fs::path record_of(const std::string& name) { return records() / (name + ".json"); }

bool is_name(const std::string& name) {
  constexpr std::string_view kAllowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
  return !name.empty() && name.size() <= 100 && name[0] != '.' && name.find_first_not_of(kAllowed) == std::string::npos;
}

RegisteredModel read_record(const fs::path& path) {
  try {
    const auto json = nlohmann::json::parse(read_file(path));
    RegisteredModel out{path.stem().string(), json.at("licence"), json.at("path").get<std::string>(), {}};
    for (const auto& file : json.at("files"))
      out.files.push_back({file.at("name"), file.at("bytes"), file.at("sha256")});
    return out;
  } catch (const nlohmann::json::exception& e) {
    throw Error(ErrorCode::kData, std::string("not the record of a model: ") + e.what(), "add the model again",
                {.file = path.string()});
  }
}

}  // namespace

std::vector<RegisteredFile> model_files(const fs::path& path) {
  std::vector<RegisteredFile> out;
  const auto add = [&](const fs::path& file, const fs::path& name) {
    out.push_back({name.generic_string(), static_cast<std::int64_t>(fs::file_size(file)), remembered_sha256(file)});
  };
  try {
    if (!fs::is_directory(path)) {
      add(path, path.filename());
      return out;
    }
    for (auto entry = fs::recursive_directory_iterator(path); entry != fs::recursive_directory_iterator(); ++entry) {
      const bool hidden = entry->path().filename().string().starts_with('.');
      if (entry->is_directory() && (entry.depth() > 0 || hidden)) entry.disable_recursion_pending();
      if (!entry->is_regular_file() || hidden) continue;
      if (std::ranges::find(kEndings, entry->path().extension().string()) == std::end(kEndings)) continue;
      add(entry->path(), fs::relative(entry->path(), path));
    }
  } catch (const fs::filesystem_error& e) {
    throw Error(e.code() == std::errc::no_such_file_or_directory ? ErrorCode::kNotFound : ErrorCode::kResources,
                e.code().message(), "", {.file = path.string()});
  }
  std::ranges::sort(out, {}, &RegisteredFile::name);
  return out;
}

RegisteredModel register_model(const fs::path& path, const std::string& name, const std::string& licence) {
  if (!is_name(name))
    throw Error(ErrorCode::kConfig, "'" + name + "' is no name for a model",
                "letters, digits, '.', '_' and '-', at most 100, not beginning with '.'");
  std::error_code error;
  if (fs::exists(record_of(name), error))
    throw Error(ErrorCode::kConfig, "a model '" + name + "' is registered already",
                "choose another with --name, or `genre lm models remove " + name + "`");
  open_tensors(path);
  const RegisteredModel model{name, licence, fs::canonical(path), model_files(path)};
  nlohmann::ordered_json files = nlohmann::ordered_json::array();
  for (const auto& file : model.files)
    files.push_back({{"name", file.name}, {"bytes", file.bytes}, {"sha256", file.sha256}});
  const nlohmann::ordered_json json = {{"path", model.path.string()}, {"licence", licence}, {"files", files}};
  write_file_atomic(record_of(name), json.dump(1) + "\n");
  return model;
}

std::vector<RegisteredModel> registered_models() {
  std::vector<RegisteredModel> out;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(records(), error)) {
    if (entry.path().extension() != ".json" || !is_name(entry.path().stem().string())) continue;
    try {
      out.push_back(read_record(entry.path()));
    } catch (const Error& e) {
      log_warning(e.what());
    }
  }
  std::ranges::sort(out, {}, &RegisteredModel::name);
  return out;
}

std::optional<RegisteredModel> find_registered_model(const std::string& name) {
  std::error_code error;
  if (!is_name(name) || !fs::exists(record_of(name), error)) return std::nullopt;
  return read_record(record_of(name));
}

void verify_registered_model(const RegisteredModel& model) {
  std::error_code error;
  const bool folder = fs::is_directory(model.path, error);
  for (const auto& file : model.files) {
    const fs::path path = folder ? model.path / file.name : model.path;
    const std::string hint = "put the file back, or `genre lm models remove " + model.name + "` and add it again";
    if (!fs::is_regular_file(path, error))
      throw Error(ErrorCode::kNotFound, "a file of the model '" + model.name + "' is gone", hint,
                  {.file = path.string()});
    if (remembered_sha256(path) != file.sha256)
      throw Error(ErrorCode::kData, "the file has changed since the model '" + model.name + "' was added", hint,
                  {.file = path.string()});
  }
}

void unregister_model(const std::string& name) {
  std::error_code error;
  if (is_name(name) && fs::remove(record_of(name), error)) return;
  std::vector<std::string> names;
  for (const auto& model : registered_models()) names.push_back(model.name);
  const auto nearest = nearest_name(name, names);
  throw Error(ErrorCode::kNotFound, "no model '" + name + "' has been added",
              nearest ? "nearest name: " + *nearest : "`genre lm models` lists what there is");
}

}  // namespace genre
