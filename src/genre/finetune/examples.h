// Texts to learn from, which part each belongs to, and their labels as the tasks read them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "genre/data/dataset.h"
#include "genre/finetune/options.h"

namespace genre {

// What a task reads of each example beside its text.
struct ExampleColumns {
  enum class Need { kNone, kOptional, kRequired };
  Need other = Need::kNone, label = Need::kRequired, time = Need::kNone;
  bool stratify = true;  // parts have their share of every label
};

// What classify, multi_label, regress and rank read.
ExampleColumns labelled_columns(std::string_view task);

struct Examples {
  std::vector<std::string> texts;   // N
  std::vector<std::string> others;  // N; empty where the task reads none, or no example has one
  std::vector<std::string> labels;  // N, as written; "" where there is none
  std::vector<std::string> times;   // N, as written; empty where they are not read
  std::vector<Part> parts;          // N
  std::vector<float> weights;       // N, of their losses
  std::string file;                 // the first source, for messages
  std::int64_t duplicates = 0;      // left out: the same in every column
  std::int64_t unreadable = 0;      // left out: an empty column that is required, or a row that cannot be read

  // The numbers of the examples of a part, ascending.
  std::vector<std::int64_t> of(Part part) const;
};

// Reads every source of `finetune.examples` and cuts what has no part of its own; equal texts go to one part. Without
// stratify the labels play no role in that. Variations (finetune.augmentation) of training texts come last. Throws
// Error(kNotFound), Error(kConfig) or Error(kData): an unreadable file, no example, a part of training without
// examples.
Examples read_examples(const FinetuneConfig& config, const ExampleColumns& columns);

// The texts of the part `unlabelled`, each once, in bytewise order, without those that are among the examples. Throws
// as read_examples.
std::vector<std::string> read_unlabelled(const FinetuneConfig& config, const Examples& examples);

// Labels as numbers of names.
struct LabelNumbers {
  std::vector<std::string> names;                 // in bytewise order; those that are all integers by value
  std::vector<std::vector<std::int32_t>> labels;  // N, of each example, ascending
};

// One label an example. Throws Error(kData) for fewer than two labels, or a label that the training part lacks. With
// `known` labels (finetune.labels) these are all, and one that is none of them is what throws.
LabelNumbers one_label(const Examples& examples, const std::vector<std::string>& known = {});
// The labels that stand between `separator`s, blanks around them and empty ones left out.
std::vector<std::string> split_labels(std::string_view written, const std::string& separator);
// Labels between `separator`s; an example may have none. Throws as one_label, for fewer than one label.
LabelNumbers many_labels(const Examples& examples, const std::string& separator,
                         const std::vector<std::string>& known = {});
// Labels as finite numbers. Throws Error(kData) naming the first that is none.
std::vector<double> label_values(const Examples& examples);

}  // namespace genre
