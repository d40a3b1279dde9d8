// Item fields as sparse features for models with side information: one column a value of a field.
#pragma once

#include <string>
#include <vector>

#include "genre/config/fields.h"
#include "genre/data/dataset.h"
#include "genre/linalg/csr.h"

namespace genre {

// The [item_features] table.
struct ItemFeatureOptions {
  std::vector<std::string> fields_used;  // key `fields`; empty: no features
  std::string separator = "|";           // parts a field with several values; empty: a field is one value
  int minimum_items = 2;                 // values of fewer items are left out
  void fields(config::Fields& f);
};

struct ItemFeatures {
  CsrMatrix matrix;                // I x F, 1 where the item has the value
  std::vector<std::string> names;  // F, "genre=Drama", by field as configured, then value
};

// Values are trimmed of spaces; empty ones are none. Throws Error(kConfig) naming a field that no item source gives.
ItemFeatures item_features(const Dataset& dataset, const ItemFeatureOptions& options);

}  // namespace genre
