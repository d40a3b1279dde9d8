// A small world for the tests of recommenders: users with one taste each, items with one theme each, and text that
// tells the theme.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "genre/base/random.h"
#include "genre/base/thread_pool.h"
#include "genre/linalg/csr.h"
#include "genre/linalg/matrix.h"
#include "genre/rec/recommender.h"

namespace genre {

struct SmallWorld {
  CsrMatrix interactions;
  Matrix item_vectors;
  CsrMatrix ratings;                       // interactions at 4 or 5, and as many again at 1 or 2
  std::vector<std::int64_t> times;         // a random order of each user's interactions
  std::vector<std::string> item_texts;     // "themeT wordI"
  CsrMatrix item_features;                 // I x themes
  std::vector<std::string> feature_names;  // "genres=T"
  // Valid while this lives.
  TrainingData data(std::uint64_t seed = 7) const {
    return {.interactions = interactions,
            .item_vectors = item_vectors,
            .seed = seed,
            .ratings = &ratings,
            .times = times,
            .item_texts = item_texts,
            .item_features = &item_features,
            .feature_names = feature_names};
  }
};

// Item i has theme i % themes, user u likes theme u % themes and touches items of it four times as often as others;
// ratings of that theme are a star higher. The last `cold` items have text and no interactions.
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
  SmallWorld out{csr_from_triplets(users, items, std::move(entries)), Matrix(items, 8), {}, {}, {}, {}, {}};
  RandomStream more(seed, "small world ratings");
  std::vector<Triplet> rated;
  for (std::int64_t u = 0; u < users; ++u) {
    const auto liked = out.interactions.row_indices(u);
    for (const std::int32_t item : liked) {
      out.times.push_back(1'000'000 + static_cast<std::int64_t>(more.uniform() * 1e6));
      rated.push_back({static_cast<std::int32_t>(u), item, item % themes == u % themes ? 5.0f : 4.0f});
    }
    for (std::int32_t i = 0; i < items - cold; ++i)
      if (!std::binary_search(liked.begin(), liked.end(), i) && more.uniform() < 0.2)
        rated.push_back({static_cast<std::int32_t>(u), i, i % themes == u % themes ? 2.0f : 1.0f});
  }
  out.ratings = csr_from_triplets(users, items, std::move(rated));
  for (int theme = 0; theme < themes; ++theme) out.feature_names.push_back("genres=" + std::to_string(theme));
  std::vector<Triplet> features;
  for (std::int64_t i = 0; i < items; ++i) {
    out.item_texts.push_back("theme" + std::to_string(i % themes) + " word" + std::to_string(i));
    features.push_back({static_cast<std::int32_t>(i), static_cast<std::int32_t>(i % themes), 1.0f});
  }
  out.item_features = csr_from_triplets(items, themes, std::move(features));
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

// The same world with interactions of weights in [0.5, 1.5).
inline SmallWorld weighted(SmallWorld world, std::uint64_t seed) {
  RandomStream random(seed, "values");
  for (float& value : world.interactions.values) value = 0.5f + static_cast<float>(random.uniform());
  return world;
}

// The I scores of one query.
inline std::vector<float> scores_of(const Recommender& model, const Query& query) {
  std::vector<float> out(model.items());
  model.score({&query, 1}, {out.data(), 1, model.items()});
  return out;
}

// Share of pairs (touched, other) of all users that the model puts in the right order.
inline double auc(const Recommender& model, const SmallWorld& world, bool remembered) {
  double right = 0, all = 0;
  for (std::int32_t u = 0; u < world.interactions.rows; ++u) {
    const auto history = world.interactions.row_indices(u);
    Query query{.history = history};
    if (remembered) query.user = u;
    const auto scores = scores_of(model, query);
    for (const std::int32_t i : history)
      for (std::int32_t j = 0; j < world.interactions.cols; ++j)
        if (!std::ranges::binary_search(history, j)) {
          right += scores[i] > scores[j] ? 1 : 0;
          ++all;
        }
  }
  return right / all;
}

// The same among pairs of untouched items, in a world whose last `cold` items are such: one of the user's theme, one of
// another.
inline double untouched_auc(const Recommender& model, const SmallWorld& world, int cold, int themes = 4) {
  const auto items = static_cast<std::int32_t>(world.interactions.cols);
  double right = 0, all = 0;
  for (std::int32_t u = 0; u < world.interactions.rows; ++u) {
    const auto scores = scores_of(model, {.user = u});
    for (std::int32_t i = items - cold; i < items; ++i)
      for (std::int32_t j = items - cold; j < items; ++j)
        if (i % themes == u % themes && j % themes != u % themes) {
          right += scores[i] > scores[j] ? 1 : 0;
          ++all;
        }
  }
  return right / all;
}

// Fits with one thread and with three: the scores have the same bits.
inline void expect_threads_change_nothing(const RecommenderOptions& options, const TrainingData& data) {
  const std::vector<std::int32_t> history = {1, 2, 3};
  const auto scores = [&](int threads) {
    set_global_threads(threads);
    const auto model = options.build();
    model->fit(data);
    return std::pair(scores_of(*model, {.history = history}),
                     model->remembers_users() ? scores_of(*model, {.user = 5}) : std::vector<float>());
  };
  const auto one = scores(1);
  EXPECT_EQ(scores(3), one);
  set_global_threads(0);
}

}  // namespace genre
