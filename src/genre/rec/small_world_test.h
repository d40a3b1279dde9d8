// A small world for the tests of recommenders: users with one taste each, items with one theme each, and text that
// tells the theme.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "genre/base/random.h"
#include "genre/linalg/csr.h"
#include "genre/linalg/matrix.h"
#include "genre/rec/recommender.h"

namespace genre {

struct SmallWorld {
  CsrMatrix interactions;
  Matrix item_vectors;
  TrainingData data(std::uint64_t seed = 7) const { return {interactions, item_vectors, seed}; }
};

// Item i has theme i % themes, user u likes theme u % themes and touches items of it four times as often as others. The
// last `cold` items have text and no interactions.
inline SmallWorld small_world(std::int64_t users, std::int64_t items, std::uint64_t seed = 1, int themes = 4,
                              std::int64_t cold = 0, float noise = 0.3f) {
  RandomStream random(seed, "small world");
  std::vector<Triplet> entries;
  for (std::int64_t u = 0; u < users; ++u) {
    for (std::int64_t i = 0; i < items - cold; ++i) {
      const double chance = u % themes == i % themes ? 0.4 : 0.1;
      if (random.uniform() < chance || i == u % std::max<std::int64_t>(items - cold, 1))
        entries.push_back({static_cast<std::int32_t>(u), static_cast<std::int32_t>(i), 1.0f});
    }
  }
  SmallWorld out{csr_from_triplets(users, items, std::move(entries)), Matrix(items, 8)};
  for (std::int64_t i = 0; i < items; ++i) {
    const auto row = out.item_vectors.row(i);
    double squares = 0;
    for (std::int64_t d = 0; d < 8; ++d) {
      row[d] = (d == i % themes ? 1.0f : 0.0f) + noise * static_cast<float>(random.normal());
      squares += static_cast<double>(row[d]) * row[d];
    }
    for (float& x : row) x = static_cast<float>(x / std::sqrt(squares));
  }
  return out;
}

// The I scores of one query.
inline std::vector<float> scores_of(const Recommender& model, const Query& query) {
  std::vector<float> out(model.items());
  model.score({&query, 1}, {out.data(), 1, model.items()});
  return out;
}

}  // namespace genre
