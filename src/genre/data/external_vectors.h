// Item vectors that another program made.
#pragma once

#include <filesystem>
#include <string>

#include "genre/config/fields.h"
#include "genre/data/dataset.h"
#include "genre/linalg/matrix.h"

namespace genre {

// The [item_vectors] table.
struct ItemVectorOptions {
  std::string path;  // .npy of float32 (N x D), or Parquet; empty: the language model's vectors
  std::string ids;   // for .npy: a text file with the item id of each row, one a line
  std::string id_column = "id", vector_column = "vector";  // for Parquet: VARCHAR and a list of numbers
  void fields(config::Fields& f);
};

// I x D, rows of unit length; zero for items that the file does not have. Ids that are no items are left out.
// Throws Error(kNotFound); Error(kData) with the place for a file of another form, a vector of another length, an id
// given twice, a value that is no number, or no item found at all.
Matrix read_item_vectors(const ItemVectorOptions& options, const std::filesystem::path& base_folder,
                         const Dataset& dataset);

}  // namespace genre
