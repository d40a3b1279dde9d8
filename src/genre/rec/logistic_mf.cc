#include "genre/rec/logistic_mf.h"

#include <algorithm>
#include <cmath>

#include "genre/linalg/gradient_step.h"
#include "genre/rec/biased_mf.h"
#include "genre/rec/bpr.h"
#include "genre/rec/fit_progress.h"
#include "genre/rec/pairwise_fold_in.h"
#include "genre/rec/tensors.h"

namespace genre {

void LogisticMfOptions::fields(config::Fields& f) {
  f.integer("factors", factors, {.minimum = 1, .maximum = 4096}, "length of the vectors");
  f.integer("epochs", epochs, {.minimum = 1, .maximum = 100000}, "passes over the interactions");
  f.number("learning_rate", learning_rate, {.minimum = 1e-6, .maximum = 10}, "size of a gradient step");
  f.number("l2", l2, {.minimum = 0, .maximum = 10}, "penalty on biases and vectors, for each step");
  f.number("alpha", alpha, {.minimum = 1e-6, .maximum = 1e6}, "observations that an interaction of weight 1 counts as");
  f.integer("negatives", negatives, {.minimum = 1, .maximum = 1000}, "items drawn for each interaction");
}

std::unique_ptr<Recommender> LogisticMfOptions::build() const { return std::make_unique<LogisticMf>(*this); }

std::int64_t LogisticMfOptions::fit_bytes(const DataSize& size) const {
  return factor_bytes(size, factors) + 12 * size.interactions + 8 * size.users + 16 * size.items;
}

float logistic_slope(float x, float weight) {
  return weight > 0 ? weight / (1 + std::exp(x)) : -1 / (1 + std::exp(-x));
}

void LogisticMf::fit(const TrainingData& data) {
  require_interactions(name(), data);
  Factors f = random_factors(data.interactions, options_.factors, data.seed, "logistic_mf");
  f.user_bias.assign(data.interactions.rows, 0.0f);
  BlockSchedule schedule(data.interactions, VisitOrder::kBlocks, data.seed);
  const auto rate = static_cast<float>(options_.learning_rate), l2 = static_cast<float>(options_.l2);
  const auto alpha = static_cast<float>(options_.alpha);
  const std::int64_t width = options_.factors;
  const auto step = [&](std::int32_t user, std::int32_t item, float weight) {
    float* const u = f.users.row(user).data();
    float* const v = f.items.row(item).data();
    const float x = dot(u, v, width) + f.user_bias[user] + f.item_bias[item];
    rating_step(u, v, f.user_bias[user], f.item_bias[item], width, logistic_slope(x, weight), rate, l2);
  };
  for (int epoch = 0; epoch < options_.epochs; ++epoch) {
    between_pieces(data, epoch, options_.epochs);
    schedule.run(epoch, [&](const Cell& cell) {
      CellRandom random(cell.seed);
      for_each_user(cell, [&](std::span<const Visit> visits) {
        for (const Visit& visit : visits) {
          if (visit.value > 0) step(visit.user, visit.item, alpha * visit.value);
          for (int n = 0; n < options_.negatives; ++n) {
            const std::int32_t negative = draw_negative(cell, visit.user, random);
            if (negative >= 0) step(visit.user, negative, 0);
          }
        }
      });
    });
  }
  set_factors(std::move(f));
}

float LogisticMf::fold_in(const Query& query, std::span<float> vector) const {
  const Factors& f = factors();
  const std::int64_t width = f.items.cols();
  const auto rate = static_cast<float>(options_.learning_rate), l2 = static_cast<float>(options_.l2);
  float bias = 0;
  const auto step = [&](std::int32_t item, float weight) {
    const float* const v = f.items.row(item).data();
    const float slope = logistic_slope(dot(vector.data(), v, width) + bias + f.item_bias[item], weight);
    for (float& value : vector) value *= 1 - rate * l2;
    add_scaled(rate * slope, v, vector.data(), width);
    bias += rate * (slope - l2 * bias);
  };
  HistoryDraws draws(query.history, items());
  for (int epoch = 0; epoch < std::min(options_.epochs, kMostFoldInEpochs); ++epoch) {
    for (std::size_t h = 0; h < query.history.size(); ++h) {
      const float value = query.history_values.empty() ? 1.0f : query.history_values[h];
      if (value > 0) step(query.history[h], static_cast<float>(options_.alpha) * value);
      for (int n = 0; n < options_.negatives; ++n)
        if (const auto negative = draws.negative()) step(*negative, 0);
    }
  }
  return bias;
}

}  // namespace genre
