// A world for the tests of what comes next, in which popularity knows nothing and order everything.
#pragma once

#include <gtest/gtest.h>

#include <vector>

#include "genre/base/random.h"
#include "genre/linalg/csr.h"
#include "genre/rec/next_item_recommender.h"
#include "genre/rec/small_world_test.h"

namespace genre {

// Users walk round a ring of items: behind item i comes i + 1. Each item is in as many histories as any other.
struct Ring {
  explicit Ring(std::int64_t items, std::int64_t users, std::int64_t length) {
    std::vector<Triplet> entries;
    RandomStream random(3, "ring");
    for (std::int64_t u = 0; u < users; ++u)
      for (std::int64_t n = 0; n < length; ++n)
        entries.push_back({static_cast<std::int32_t>(u), static_cast<std::int32_t>((u + n) % items), 1.0f});
    interactions = csr_from_triplets(users, items, std::move(entries));
    for (std::int64_t u = 0; u < users; ++u)
      for (const std::int32_t item : interactions.row_indices(u)) times.push_back((item - u % items + items) % items);
  }
  TrainingData data() const { return {.interactions = interactions, .item_vectors = {}, .times = times}; }
  CsrMatrix interactions;
  std::vector<std::int64_t> times;
};

// With a loss over all items and one over a few.
inline void expect_threads_change_nothing(NextItemOptions& options, const Ring& ring) {
  for (const char* loss : {"softmax", "gbce"}) {
    SCOPED_TRACE(loss);
    options.loss.name = loss;
    expect_threads_change_nothing(options, ring.data());
  }
}

}  // namespace genre
