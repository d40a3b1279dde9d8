// Public datasets by name: where their files come from, under which licence, and a configuration that reads them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "genre/base/fetch.h"

namespace genre {

// One set of files for a dataset; sources differ in what they carry, so each has its own reading configuration.
struct DatasetVariant {
  FetchRecipe recipe;
  std::string config;            // TOML, paths relative to the files' folder; has no [model]
  std::string unpack_into = {};  // folder for the contents of ZIP files that hold none of their own; {name}: the file's
};

struct CatalogueDataset {
  std::string name, doc, licence, home;  // home: the page of those who publish it
  std::vector<DatasetVariant> variants;  // tried in order
};

const std::vector<CatalogueDataset>& catalogue_datasets();

struct FetchedDataset {
  std::filesystem::path folder;
  std::filesystem::path config;  // NAME.toml inside the folder
  std::string licence;
};

// Gets the first variant that can be had into `folder` (empty: cache_folder()/raw/NAME) and unpacks ZIP files there.
// Files already there and whole are kept. Throws Error(kNotFound) with the nearest name, or Error(kDependency) with
// what each source said and the steps by hand.
FetchedDataset fetch_dataset(const std::string& name, const std::filesystem::path& folder = {});

}  // namespace genre
