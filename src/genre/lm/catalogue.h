// Language models by name: where their files come from, their licence and digests.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "genre/base/fetch.h"
#include "genre/lm/registered_models.h"

namespace genre {

struct CatalogueModel {
  std::string name, doc, family, licence, repository;  // family: "bert", "llama"
  int dimension;                                       // of vectors and states
  std::int64_t bytes;
  FetchRecipe recipe;
};

const std::vector<CatalogueModel>& catalogue_models();

// A folder or GGUF file as it is; a catalogue name is fetched into cache_folder()/models/NAME on first use; a model
// that was added (registered_models.h) is checked against its digests. Throws Error(kNotFound) with the nearest name,
// what fetch throws, or Error(kData) for a file that has changed.
std::filesystem::path resolve_model(const std::string& name_or_path);

// register_model under a name that the catalogue does not have. Throws what it throws.
RegisteredModel add_to_catalogue(const std::filesystem::path& path, const std::string& name,
                                 const std::string& licence);

}  // namespace genre
