#include "genre/rec/bpr.h"

#include <algorithm>
#include <cmath>

#include "genre/linalg/gradient_step.h"
#include "genre/rec/fit_progress.h"
#include "genre/rec/ials.h"
#include "genre/rec/pairwise_fold_in.h"
#include "genre/rec/tensors.h"

namespace genre {

void BprOptions::fields(config::Fields& f) {
  f.integer("factors", factors, {.minimum = 1, .maximum = 4096}, "length of the vectors");
  f.integer("epochs", epochs, {.minimum = 1, .maximum = 100000}, "passes over the interactions");
  f.number("learning_rate", learning_rate, {.minimum = 1e-6, .maximum = 10}, "size of a gradient step");
  f.number("l2", l2, {.minimum = 0, .maximum = 10}, "penalty on the squared length of the vectors of a step");
  f.choice("order", order, {"blocks", "unordered"},
           "blocks: the same result for any number of threads; unordered: threads race, results vary");
}

std::unique_ptr<Recommender> BprOptions::build() const { return std::make_unique<Bpr>(*this); }

std::int64_t BprOptions::fit_bytes(const DataSize& size) const {
  return factor_bytes(size, factors) + 12 * size.interactions + 8 * size.users + 16 * size.items;
}

Factors random_factors(const CsrMatrix& interactions, int factors, std::uint64_t seed, std::string_view purpose) {
  Factors out{Matrix(interactions.rows, factors),
              Matrix(interactions.cols, factors),
              std::vector<float>(interactions.cols, 0.0f),
              {}};
  const double deviation = 0.1 / std::sqrt(static_cast<double>(factors));
  fill_normal(out.users, deviation, seed, std::string(purpose) + " users");
  fill_normal(out.items, deviation, seed, std::string(purpose) + " items");
  for (std::int64_t user = 0; user < interactions.rows; ++user)
    if (interactions.row_indices(user).empty()) std::fill_n(out.users.row(user).data(), factors, 0.0f);
  return out;
}

void bpr_step(float* u, float* i, float* j, float& bias_i, float& bias_j, std::int64_t n, float rate, float decay) {
  const float step = rate / (1 + std::exp(pair_difference(u, i, j, n) + bias_i - bias_j));
  pair_step(u, i, j, n, step, decay);
  bias_i += step - decay * bias_i;
  bias_j += -step - decay * bias_j;
}

void Bpr::fit(const TrainingData& data) {
  require_interactions(name(), data);
  Factors f = random_factors(data.interactions, options_.factors, data.seed, "bpr");
  BlockSchedule schedule(data.interactions, options_.order == "blocks" ? VisitOrder::kBlocks : VisitOrder::kUnordered,
                         data.seed);
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
          const std::int32_t negative = draw_negative(cell, visit.user, random);
          if (negative < 0) continue;
          bpr_step(u, f.items.row(visit.item).data(), f.items.row(negative).data(), f.item_bias[visit.item],
                   f.item_bias[negative], width, rate, decay);
        }
      });
    });
  }
  set_factors(std::move(f));
}

float Bpr::fold_in(const Query& query, std::span<float> vector) const {
  fold_in_pairs(factors().items, factors().item_bias, query.history,
                {.learning_rate = options_.learning_rate, .l2 = options_.l2, .epochs = options_.epochs}, vector);
  return 0;
}

}  // namespace genre
