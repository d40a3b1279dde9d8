// Language models by name: where their files come from, their licence and digests.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "genre/base/fetch.h"

namespace genre {

struct CatalogueModel {
  std::string name, doc, family, licence, repository;  // family: "bert"
  int dimension;
  std::int64_t bytes;
  FetchRecipe recipe;
};

const std::vector<CatalogueModel>& catalogue_models();

// A folder as it is; a catalogue name is fetched into cache_folder()/models/NAME on first use. Throws Error(kNotFound)
// with the nearest name, or what fetch throws.
std::filesystem::path resolve_model(const std::string& name_or_folder);

}  // namespace genre
