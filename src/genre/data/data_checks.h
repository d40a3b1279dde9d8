// Whether a prepared dataset is fit for training: what `genre data validate` asks.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "genre/data/dataset.h"
#include "genre/data/options.h"

namespace genre {

struct DataCheck {
  std::string name;
  bool passed = false;
  std::string wanted, found;
  std::string hint;  // what to do where it did not pass
};

// The checks that apply to the dataset, in a fixed order: readable_rows, future, early, repeats, activity, one_item,
// values, positives, parts, known_users, described_items, item_text. `texts` are of items, empty where no language
// model reads any; `now` is in milliseconds.
std::vector<DataCheck> check_dataset(const Dataset& dataset, const DataOptions& options,
                                     std::span<const std::string> texts, std::int64_t now);

}  // namespace genre
