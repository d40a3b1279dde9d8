// What a prepared dataset is like: spread of activity, long tail, sparsity, values, time, fields.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "genre/data/dataset.h"

namespace genre {

// Of numbers; quantiles are those of the sorted numbers at place ceil(q n) - 1. Zeros without numbers.
struct NumberSummary {
  std::int64_t count = 0;
  double minimum = 0, first_quartile = 0, median = 0, third_quartile = 0, p99 = 0, maximum = 0, mean = 0;
};
NumberSummary summarise(std::vector<double> numbers);

// Counts by half-open ranges [from, to); the last one includes its end.
struct HistogramBin {
  double from, to;
  std::int64_t count;
};
// Ranges 1, 2, 3-4, 5-8, 9-16, ... from the first that has counts; none where there are no counts. from and to are
// whole and both included.
std::vector<HistogramBin> doubling_histogram(const std::vector<std::int64_t>& counts);
// Every different value by itself where there are at most `most`, else `most` ranges of equal width.
std::vector<HistogramBin> value_histogram(const std::vector<float>& values, std::size_t most);

struct TypeProfile {
  std::string type;
  std::int64_t events = 0, positive = 0;
  NumberSummary values;
  std::vector<HistogramBin> histogram;
};

// Events by calendar month, UTC.
struct PeriodCount {
  std::string period;  // "2024-01"
  std::int64_t events = 0;
};

struct FieldProfile {
  std::string field;
  std::int64_t filled = 0, different = 0;
  NumberSummary characters;                                       // of those filled, in bytes
  std::vector<std::pair<std::string, std::int64_t>> most_common;  // at most five, by count and then bytewise
};

struct DatasetProfile {
  std::int64_t users = 0, items = 0, interactions = 0, pairs = 0;  // pairs: different (user, item)
  double density = 0;                                              // pairs / (users x items)
  std::int64_t items_without_events = 0;
  NumberSummary by_user, by_item;  // events of each; items without any count
  std::vector<HistogramBin> user_histogram, item_histogram;
  double gini = 0;                                     // of events over items: 0 even, towards 1 all on one
  std::vector<std::pair<double, double>> head_shares;  // (share of items, most popular first; share of events)
  double tail_items = 0;                               // share of items outside the fewest that hold 80 % of events
  std::vector<TypeProfile> types;
  std::vector<PeriodCount> months;  // from the first to the last, gaps with 0; none without times
  std::vector<FieldProfile> item_fields, user_fields;
};

// One pass and a few sorts; deterministic.
DatasetProfile profile(const Dataset& dataset);

}  // namespace genre
