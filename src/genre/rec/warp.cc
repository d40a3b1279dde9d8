#include "genre/rec/warp.h"

#include <algorithm>
#include <cmath>

#include "genre/linalg/gradient_step.h"
#include "genre/rec/bpr.h"
#include "genre/rec/fit_progress.h"
#include "genre/rec/pairwise_fold_in.h"
#include "genre/rec/tensors.h"

namespace genre {

void WarpOptions::fields(config::Fields& f) {
  f.integer("factors", factors, {.minimum = 1, .maximum = 4096}, "length of the vectors");
  f.integer("epochs", epochs, {.minimum = 1, .maximum = 100000}, "passes over the interactions");
  f.number("learning_rate", learning_rate, {.minimum = 1e-6, .maximum = 10}, "size of a gradient step");
  f.number("l2", l2, {.minimum = 0, .maximum = 10}, "penalty on the squared length of the vectors of a step");
  f.integer("negatives", negatives, {.minimum = 1, .maximum = 100000}, "draws until the margin must be broken");
}

std::unique_ptr<Recommender> WarpOptions::build() const { return std::make_unique<Warp>(*this); }

std::int64_t WarpOptions::fit_bytes(const DataSize& size) const {
  return factor_bytes(size, factors) + 12 * size.interactions + 8 * size.users + 16 * size.items + 8 * negatives;
}

RankWeight::RankWeight(std::int64_t items, int most_draws) {
  const std::int64_t most = std::max<std::int64_t>(items - 1, 1);
  std::vector<double> harmonic(most + 1, 0.0);
  for (std::int64_t rank = 1; rank <= most; ++rank) harmonic[rank] = harmonic[rank - 1] + 1 / static_cast<double>(rank);
  weights_.resize(most_draws + 1);
  for (int draws = 1; draws <= most_draws; ++draws)
    weights_[draws] = static_cast<float>(harmonic[std::max<std::int64_t>(most / draws, 1)] / harmonic[most]);
}

void Warp::fit(const TrainingData& data) {
  require_interactions(name(), data);
  Factors f = random_factors(data.interactions, options_.factors, data.seed, "warp");
  BlockSchedule schedule(data.interactions, VisitOrder::kBlocks, data.seed);
  const RankWeight weight(data.interactions.cols, options_.negatives);
  const auto rate = static_cast<float>(options_.learning_rate);
  const auto decay = static_cast<float>(options_.learning_rate * options_.l2);
  const std::int64_t width = options_.factors;
  for (int epoch = 0; epoch < options_.epochs; ++epoch) {
    between_pieces(data, epoch, options_.epochs);
    schedule.run(epoch, [&](const Cell& cell) {
      CellRandom random(cell.seed);
      for_each_user(cell, [&](std::span<const Visit> visits) {
        float* const u = f.users.row(visits[0].user).data();
        for (const Visit& visit : visits) {
          float* const i = f.items.row(visit.item).data();
          for (int draws = 1; draws <= options_.negatives; ++draws) {
            const std::int32_t negative = draw_negative(cell, visit.user, random);
            if (negative < 0) break;
            float* const j = f.items.row(negative).data();
            float &bi = f.item_bias[visit.item], &bj = f.item_bias[negative];
            if (pair_difference(u, i, j, width) + bi - bj >= 1) continue;
            const float step = rate * weight(draws);
            pair_step(u, i, j, width, step, decay);
            bi += step - decay * bi;
            bj += -step - decay * bj;
            break;
          }
        }
      });
    });
  }
  set_factors(std::move(f));
}

float Warp::fold_in(const Query& query, std::span<float> vector) const {
  const Factors& f = factors();
  const RankWeight weight(items(), options_.negatives);
  const std::int64_t width = f.items.cols();
  const auto rate = static_cast<float>(options_.learning_rate);
  const auto keep = static_cast<float>(1 - options_.learning_rate * options_.l2);
  HistoryDraws draws(query.history, items());
  for (int epoch = 0; epoch < std::min(options_.epochs, kMostFoldInEpochs); ++epoch) {
    for (const std::int32_t positive : draws.history()) {
      const float* const i = f.items.row(positive).data();
      for (int count = 1; count <= options_.negatives; ++count) {
        const auto negative = draws.negative();
        if (!negative) continue;
        const float* const j = f.items.row(*negative).data();
        if (pair_difference(vector.data(), i, j, width) + f.item_bias[positive] - f.item_bias[*negative] >= 1) continue;
        for (float& value : vector) value *= keep;
        add_scaled(rate * weight(count), i, vector.data(), width);
        add_scaled(-rate * weight(count), j, vector.data(), width);
        break;
      }
    }
  }
  return 0;
}

}  // namespace genre
