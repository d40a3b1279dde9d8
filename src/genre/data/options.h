// The [data] and [item_text] tables of the configuration.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "genre/config/fields.h"

namespace genre {

// One source file (or glob) of rows.
struct SourceOptions {
  std::string path;             // file, glob or folder, relative to the config's folder; or postgresql://...
  std::string format = "csv";   // csv, jsonl, parquet, lists (user then items, in time order), atomic (RecBole),
                                // postgresql
  std::string table, query;     // of postgresql: one of the two
  std::string delimiter = ",";  // any string for csv
  bool header = true;
  std::string encoding = "utf-8";  // latin-1 or any that iconv knows
  std::map<std::string, config::ColumnRef> columns;
  void fields(config::Fields& f);
};

// Of rows with ids of users and items.
struct IdSourceOptions : SourceOptions {
  std::string catalogue;  // "books": id 7 is "books:7", and another catalogue's 7 something else; "": ids as they are
  void fields(config::Fields& f);
};

struct InteractionSourceOptions : IdSourceOptions {
  std::string type = "view";          // event type of rows without a type column
  std::string part;                   // "", or train, valid, test where split.kind = "files"
  std::string time_unit = "seconds";  // seconds, milliseconds, rfc3339, auto
  std::string date_order;             // "", or day_first, month_first, year_first: how "auto" reads 03/04/2024
  void fields(config::Fields& f);
};

struct EventTypeOptions {
  double weight = 1.0;
  std::string positive;                 // "", or an expression on value: "value >= 4"
  std::string repeats = "sum";          // sum, latest
  std::string weight_from = "value";    // the column that values an event: value, dwell, sentiment
  std::string weight_scale = "linear";  // linear, log: sign(x) ln(1 + |x|)
  void fields(config::Fields& f);
};

// More than `events` of one user within `minutes`: a program, not a person. 0: off.
struct RateOptions {
  int events = 0;
  double minutes = 60;
  void fields(config::Fields& f);
};

// Items whose fields `by` read alike; off without any.
struct NearDuplicateOptions {
  std::vector<std::string> by;
  double similarity = 0.9;       // smallest Jaccard similarity of their words
  std::string action = "merge";  // merge: into the first id; drop
  void fields(config::Fields& f);
};

struct CleaningOptions {
  std::vector<std::string> required;                   // columns that an event must fill: value, time, dwell, ...
  std::optional<double> minimum_value, maximum_value;  // outside: rejected
  std::string not_before, not_after;                   // RFC 3339; times outside are impossible
  std::optional<double> minimum_dwell;                 // seconds; shorter is noise
  std::vector<std::string> repair_text;                // entities, controls, mojibake: in fields of items and users
  std::vector<std::string> required_fields;            // fields that an item must have
  NearDuplicateOptions near_duplicates;
  RateOptions rate;
  std::optional<double> outliers;       // largest modified z-score of a value among its user's
  std::string duplicates = "last";      // last, first, sum, max, keep: rows with the same user, item and type
  std::map<std::string, int> at_least;  // user, item: fewest interactions, counted once; 0: off
  std::map<std::string, int> k_core;    // user, item: fewest interactions, applied until nothing changes; 0: off
  double maximum_rejected = 0.5;        // share of unreadable rows above which preparation fails
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
  std::vector<IdSourceOptions> items;
  std::vector<IdSourceOptions> users;
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
