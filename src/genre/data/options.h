// The [data] and [item_text] tables of the configuration.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "genre/config/fields.h"

namespace genre {

// One source file (or glob) of [[data.interactions]], [[data.items]] or [[data.users]].
struct SourceOptions {
  std::string path;             // file or glob; .gz and .zst are read as they are; relative to the config's folder
  std::string format = "csv";   // csv, jsonl, parquet, lists (user then items, in time order), atomic (RecBole)
  std::string delimiter = ",";  // any string for csv
  bool header = true;
  std::string encoding = "utf-8";  // or latin-1
  std::map<std::string, config::ColumnRef> columns;
  void fields(config::Fields& f);
};

struct InteractionSourceOptions : SourceOptions {
  std::string type = "view";          // event type of rows without a type column
  std::string part;                   // "", or train, valid, test where split.kind = "files"
  std::string time_unit = "seconds";  // seconds, milliseconds, rfc3339
  void fields(config::Fields& f);
};

struct EventTypeOptions {
  double weight = 1.0;
  std::string positive;         // "", or an expression on value: "value >= 4"
  std::string repeats = "sum";  // sum, latest
  void fields(config::Fields& f);
};

struct CleaningOptions {
  std::string duplicates = "last";  // last, first, sum, max, keep: rows with the same user, item and type
  std::optional<double> minimum_value, maximum_value;  // outside: rejected
  std::map<std::string, int> k_core;  // user, item: fewest interactions, applied until nothing changes; 0: off
  double maximum_rejected = 0.5;      // share of unreadable rows above which preparation fails
  void fields(config::Fields& f);
};

struct SplitOptions {
  std::string kind = "temporal";
  std::vector<double> ratio = {0.8, 0.1, 0.1};  // train, validation, test
  double fold_in = 0.8;                         // strong: share of a held-out user's interactions that is shown
  int given = 0;                                // cold_user: first interactions of a held-out user that are shown
  int folds = 5, fold = 0;                      // k_fold: how many, and which is the test part
  void fields(config::Fields& f);
};

struct DataOptions {
  std::string name = "data";
  std::vector<InteractionSourceOptions> interactions;
  std::vector<SourceOptions> items;
  std::vector<SourceOptions> users;
  std::map<std::string, EventTypeOptions> events;  // view, click, purchase, rating, comment, share have defaults
  CleaningOptions clean;
  SplitOptions split;
  std::string values = "binary";  // what the training matrix holds: binary (1 for a positive pair) or weight
  DataOptions();
  void fields(config::Fields& f);
};

struct ItemTextOptions {
  std::string template_text = "{title}";  // key "template": field names in braces; absent fields leave nothing behind
  void fields(config::Fields& f);
};

}  // namespace genre
