#include "genre/data/options.h"

namespace genre {

void SourceOptions::fields(config::Fields& f) {
  f.text("path", path,
         "file, glob or folder of Parquet files; .gz and .zst are read as they are; relative to the configuration",
         config::InDigest::kNo);
  f.choice("format", format, {"csv", "jsonl", "parquet", "lists", "atomic"},
           "layout: csv, jsonl, parquet, lists (a user and their items on each line, oldest first) or atomic (RecBole "
           "headers)");
  f.text("delimiter", delimiter, "text between the cells of csv, of any length");
  f.flag("header", header, "whether the first line of csv names the columns");
  f.choice("encoding", encoding, {"utf-8", "latin-1"}, "encoding of csv and atomic; latin-1 takes Windows-1252 too");
  f.columns("columns", columns,
            "where user, item, value, time and type stand, or an item's id and fields: by name, or by number from 0");
}

void InteractionSourceOptions::fields(config::Fields& f) {
  SourceOptions::fields(f);
  f.text("type", type,
         "event type of rows without a type column: view, click, purchase, rating, comment, share or one of "
         "[data.events]");
  f.choice("part", part, {"", "train", "valid", "test"}, "the part that this source is, with split.kind = \"files\"");
  f.choice("time_unit", time_unit, {"seconds", "milliseconds", "rfc3339"},
           "how times are written: since 1970, or as dates");
}

void EventTypeOptions::fields(config::Fields& f) {
  f.number("weight", weight, {.minimum = 0, .maximum = 1e6}, "what one event counts; multiplied by its value");
  f.text("positive", positive, "which events count as liked, as in \"value >= 4 and value < 6\"; empty: all");
  f.choice("repeats", repeats, {"sum", "latest"},
           "whether events of one user with one item add up or the latest replaces the others");
}

void CleaningOptions::fields(config::Fields& f) {
  f.choice("duplicates", duplicates, {"last", "first", "sum", "max", "keep"},
           "which of several rows with the same user, item and type stay; sum adds their values up");
  f.number("minimum_value", minimum_value, {}, "rows with a smaller value are rejected");
  f.number("maximum_value", maximum_value, {}, "rows with a larger value are rejected");
  f.integers("k_core", k_core, {"user", "item"}, {.minimum = 0, .maximum = 1e9},
             "fewest interactions of a user and of an item, applied until nothing changes; 0: off");
  f.number("maximum_rejected", maximum_rejected, {.minimum = 0, .maximum = 1},
           "share of unreadable rows above which preparation fails");
}

void SplitOptions::fields(config::Fields& f) {
  f.choice("kind", kind,
           {"temporal", "user_ratio", "leave_one_out", "strong", "cold_item", "cold_user", "k_fold", "files", "none"},
           "how interactions are parted");
  f.numbers("ratio", ratio, {.minimum = 0, .maximum = 1}, "shares of train, validation and test; their sum is 1");
  f.number("fold_in", fold_in, {.minimum = 0.01, .maximum = 0.99},
           "strong: share of a held-out user's interactions that is shown as history");
  f.integer("given", given, {.minimum = 0, .maximum = 1e6},
            "cold_user: first interactions of a held-out user that are shown as history");
  f.integer("folds", folds, {.minimum = 2, .maximum = 100}, "k_fold: how many parts of equal size");
  f.integer("fold", fold, {.minimum = 0, .maximum = 99}, "k_fold: the one that is the test part, from 0");
}

DataOptions::DataOptions()
    : events{{"view", {}},     {"click", {}},
             {"purchase", {}}, {"rating", {.weight = 1, .positive = "", .repeats = "latest"}},
             {"comment", {}},  {"share", {}}} {}

void DataOptions::fields(config::Fields& f) {
  f.text("name", name, "name of the dataset in reports");
  f.list("interactions", interactions, "sources of events, read in order");
  f.list("items", items, "sources of item fields; a later one fills and replaces what an earlier one said");
  f.list("users", users, "sources of user fields");
  f.map("events", events, "event types: weight, what counts as positive, what repeats do");
  f.table("clean", clean, "cleaning rules");
  f.table("split", split, "train, validation and test");
  f.choice("values", values, {"binary", "weight"},
           "what the training matrix holds: 1 for a positive pair, or its weight");
}

void ItemTextOptions::fields(config::Fields& f) {
  f.text("template", template_text,
         "text of an item for language models: its fields in braces; absent fields leave nothing behind");
}

}  // namespace genre
