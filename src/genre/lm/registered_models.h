// Models of one's own in the catalogue, for machines without network: a folder, its licence, and the SHA-256 of every
// file at the time it was added. The folder stays where it is; the record lies in cache_folder()/registered_models.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace genre {

struct RegisteredFile {
  std::string name;  // below the model's folder, forward slashes
  std::int64_t bytes = 0;
  std::string sha256;
};

struct RegisteredModel {
  std::string name, licence;   // licence: empty where nobody stated one
  std::filesystem::path path;  // absolute; a folder, or one GGUF file
  std::vector<RegisteredFile> files;
};

// Weights, configuration and tokenizer of a model folder (json, txt, model, safetensors, gguf; two levels), in order of
// their names, digested. Throws Error(kNotFound) or Error(kResources).
std::vector<RegisteredFile> model_files(const std::filesystem::path& path);

// Throws Error(kConfig) for a name that is taken or holds other characters than letters, digits, '.', '_' and '-', and
// what open_tensors throws where the folder holds no weights.
RegisteredModel register_model(const std::filesystem::path& path, const std::string& name, const std::string& licence);

// In order of their names; a record that cannot be read is skipped with a warning.
std::vector<RegisteredModel> registered_models();
std::optional<RegisteredModel> find_registered_model(const std::string& name);
// Throws Error(kNotFound) or Error(kData) where a file is missing or not what was added.
void verify_registered_model(const RegisteredModel& model);
// Forgets the record, not the files; throws Error(kNotFound).
void unregister_model(const std::string& name);

}  // namespace genre
