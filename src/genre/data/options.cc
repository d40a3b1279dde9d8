#include "genre/data/options.h"

#include "genre/data/postgresql_url.h"

namespace genre {

void SourceOptions::fields(config::Fields& f) {
  config::Fields own;
  own.text("path", path,
           "file, glob or folder of Parquet files, relative to the configuration, .gz and .zst as they are; or "
           "postgresql://USER@HOST/DATABASE",
           config::InDigest::kNo);
  config::Field path_field = own.all().front();
  path_field.get = [this] { return config::Value{without_password(path), {}}; };  // runs keep their configuration
  f.add(std::move(path_field));
  f.choice("format", format, {"csv", "jsonl", "parquet", "lists", "atomic", "mind", "postgresql"},
           "layout: csv, jsonl, parquet, lists (a user and their items on each line, oldest first), atomic (RecBole "
           "headers), mind (news impressions) or postgresql");
  f.text("table", table, "table of postgresql, as in \"schema.name\"");
  f.text("query", query, "rows of postgresql: a SELECT, in place of table");
  f.text("delimiter", delimiter, "text between the cells of csv, of any length");
  f.flag("header", header, "whether the first line of csv names the columns");
  f.text("encoding", encoding,
         "encoding of text files: utf-8, latin-1 (takes Windows-1252 too), or any that iconv knows, as GBK, Shift_JIS");
  f.columns("columns", columns,
            "where user, item, value, time, type, weight, dwell and sentiment stand, or an item's id and fields: by "
            "name, or by number from 0");
}

void IdSourceOptions::fields(config::Fields& f) {
  SourceOptions::fields(f);
  f.text("catalogue", catalogue,
         "what ids of this source are put under, as id 7 under \"books\" is \"books:7\", so that several catalogues "
         "stay apart; empty: ids as they are");
}

void InteractionSourceOptions::fields(config::Fields& f) {
  IdSourceOptions::fields(f);
  f.text("type", type,
         "event type of rows without a type column: view, click, purchase, rating, comment, share or one of "
         "[data.events]");
  f.choice("part", part, {"", "train", "valid", "test"}, "the part that this source is, with split.kind = \"files\"");
  f.choice("time_unit", time_unit, {"seconds", "milliseconds", "rfc3339", "auto"},
           "how times are written: since 1970, as dates, or auto: each cell by its form");
  f.choice("date_order", date_order, {"", "day_first", "month_first", "year_first"},
           "how auto reads what has two readings: 03/04/2024 by day or month first; year_first: 20240403 is a date");
}

void EventTypeOptions::fields(config::Fields& f) {
  f.number("weight", weight, {.minimum = 0, .maximum = 1e6}, "what one event counts; multiplied by its value");
  f.text("positive", positive, "which events count as liked, as in \"value >= 4 and value < 6\"; empty: all");
  f.choice("repeats", repeats, {"sum", "latest"},
           "whether events of one user with one item add up or the latest replaces the others");
  f.choice("weight_from", weight_from, {"value", "dwell", "sentiment"},
           "the column that is the value of these events: value, the dwell time in seconds, or the sentiment");
  f.choice("weight_scale", weight_scale, {"linear", "log"},
           "how the value x enters the weight: x itself, or sign(x) ln(1 + |x|)");
}

void RateOptions::fields(config::Fields& f) {
  f.integer("events", events, {.minimum = 0, .maximum = 1e9},
            "most events of a user within `minutes`; with more, all of the user's are dropped; 0: off");
  f.number("minutes", minutes, {.minimum = 0.001, .maximum = 1e9}, "length of the window");
}

void NearDuplicateOptions::fields(config::Fields& f) {
  f.texts("by", by, "item fields whose words are compared, as [\"title\"]; none: off");
  f.number("similarity", similarity, {.minimum = 0.1, .maximum = 1},
           "smallest Jaccard similarity of the words of two items that count as one");
  f.choice("action", action, {"merge", "drop"},
           "merge: events go to the item with the first id; drop: they go with the other items");
}

void CleaningOptions::fields(config::Fields& f) {
  f.texts("required", required, "columns that an event must fill: value, time, type, weight, dwell, sentiment");
  f.number("minimum_value", minimum_value, {}, "rows with a smaller value are rejected");
  f.number("maximum_value", maximum_value, {}, "rows with a larger value are rejected");
  f.text("not_before", not_before, "RFC 3339; rows with an earlier time are rejected");
  f.text("not_after", not_after, "RFC 3339; rows with a later time are rejected, as those from the future");
  f.number("minimum_dwell", minimum_dwell, {.minimum = 0}, "seconds; rows with a shorter dwell time are rejected");
  f.texts("repair_text", repair_text,
          "what is repaired in fields of items and users: entities (&amp;), controls, mojibake (CafÃ©)");
  f.texts("required_fields", required_fields, "fields without which an item and its events are dropped");
  f.table("near_duplicates", near_duplicates, "items that read alike");
  f.table("rate", rate, "events of robots");
  f.number("outliers", outliers, {.minimum = 0},
           "largest modified z-score of a value among its user's values of the type; 3.5 is usual");
  f.choice("duplicates", duplicates, {"last", "first", "sum", "max", "keep"},
           "which of several rows with the same user, item and type stay; sum adds their values up");
  f.integers("at_least", at_least, {"user", "item"}, {.minimum = 0, .maximum = 1e9},
             "fewest interactions of a user and of an item, counted once; 0: off");
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
