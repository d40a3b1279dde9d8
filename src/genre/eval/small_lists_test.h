// Rankings and judgements that the tests of eval write out or draw.
#pragma once

#include <algorithm>
#include <numeric>
#include <vector>

#include "genre/base/random.h"
#include "genre/eval/metrics.h"
#include "genre/linalg/csr.h"

namespace genre::small_lists {

using Lists = std::vector<std::vector<std::int32_t>>;

inline Rankings rankings_of(const Lists& lists) {
  Rankings out;
  for (const auto& list : lists) {
    out.items.insert(out.items.end(), list.begin(), list.end());
    out.scores.resize(out.items.size(), 0);
    out.offsets.push_back(static_cast<std::int64_t>(out.items.size()));
  }
  return out;
}

inline Judgements judgements_of(Lists lists) {
  Judgements out;
  for (auto& list : lists) {
    std::sort(list.begin(), list.end());
    out.items.insert(out.items.end(), list.begin(), list.end());
    out.offsets.push_back(static_cast<std::int64_t>(out.items.size()));
  }
  return out;
}

// Lists of up to `most` different items in random order; some are empty.
inline Lists random_lists(RandomStream& random, int queries, int items, int most) {
  Lists out(queries);
  for (auto& list : out) {
    std::vector<std::int32_t> order(items);
    std::iota(order.begin(), order.end(), 0);
    random.shuffle(std::span<std::int32_t>(order));
    list.assign(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(random.below(most + 1)));
  }
  return out;
}

// Rows of random sets of columns, about `density` of them; some rows are empty. Values are not all 1.
inline CsrMatrix random_sets(RandomStream& random, int rows, int cols, double density) {
  std::vector<Triplet> entries;
  for (int r = 0; r < rows; ++r)
    for (int c = 0; c < cols; ++c)
      if (r % 7 != 3 && random.uniform() < density) entries.push_back({r, c, 1 + static_cast<float>(random.uniform())});
  return csr_from_triplets(rows, cols, std::move(entries));
}

}  // namespace genre::small_lists
