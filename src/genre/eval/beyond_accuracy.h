// What lists are like beside being right: how much of the catalogue they show, how evenly, how different they are from
// user to user, and how far they go beyond what is popular. Definitions: docs/evaluation.md.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "genre/eval/metrics.h"

namespace genre {

// n items in the catalogue, c_i lists that show item i, p_i = c_i / sum c. Every field is NaN where no list has an
// item.
struct BeyondAccuracy {
  double coverage;        // items shown at least once / n
  double gini_diversity;  // 2 sum (n + 1 - r) / (n + 1) p_(r) over ranks r of ascending c; 1 is even, 0 is one item
  double entropy;         // - sum p log2 p, bits
  double herfindahl;      // 1 - sum p^2
  double inter_list_distance;  // mean over pairs of lists of 1 - overlap / k; NaN for fewer than two lists
  double novelty;  // mean over shown items of -log2(interactions of the item / all); items without any are left out
  double average_popularity;  // mean over shown items of their number of interactions
  double long_tail_share;     // shown items outside the head
};

// I flags: the head is the fewest items that hold 80 % of interactions, the most popular first, ties by id.
std::vector<std::uint8_t> head_items(std::span<const double> popularity);

// Looks at the first k items of each list. `popularity` (n) is the number of training interactions of each item; it
// also says how large the catalogue is. Queries whose list is empty are left out.
BeyondAccuracy beyond_accuracy(const Rankings& rankings, int k, std::span<const double> popularity);

}  // namespace genre
