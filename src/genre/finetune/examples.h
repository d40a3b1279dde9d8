// Labelled texts, and which part each belongs to.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "genre/data/dataset.h"
#include "genre/finetune/options.h"

namespace genre {

struct LabelledTexts {
  std::vector<std::string> texts;    // N
  std::vector<std::int32_t> labels;  // N, numbers of names
  std::vector<Part> parts;           // N
  std::vector<std::string> names;    // of labels, in bytewise order; those that are numbers by value
  std::int64_t duplicates = 0;       // left out: the same text and label
  std::int64_t unreadable = 0;       // left out: no text, no label, or a row that cannot be read

  // The numbers of the examples of a part, ascending.
  std::vector<std::int64_t> of(Part part) const;
};

// Reads every source of `finetune.examples` and cuts what has no part of its own, label by label, so that each part has
// its share of every label (stratified); equal texts go to one part. Throws Error(kNotFound), Error(kConfig) or
// Error(kData): an unreadable file, fewer than two labels, a part of training without examples, or a label that only
// the validation or test part has.
LabelledTexts read_examples(const FinetuneConfig& config);

}  // namespace genre
