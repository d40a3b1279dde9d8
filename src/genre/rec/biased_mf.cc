#include "genre/rec/biased_mf.h"

#include "genre/linalg/gradient_step.h"
#include "genre/rec/block_schedule.h"
#include "genre/rec/bpr.h"
#include "genre/rec/fit_progress.h"
#include "genre/rec/tensors.h"

namespace genre {

void BiasedMfOptions::fields(config::Fields& f) {
  f.integer("factors", factors, {.minimum = 1, .maximum = 4096}, "length of the vectors");
  f.integer("epochs", epochs, {.minimum = 1, .maximum = 100000}, "passes over the ratings");
  f.number("learning_rate", learning_rate, {.minimum = 1e-6, .maximum = 10}, "size of a gradient step");
  f.number("l2", l2, {.minimum = 0, .maximum = 10}, "penalty on biases and vectors, for each rating");
}

std::unique_ptr<Recommender> BiasedMfOptions::build() const { return std::make_unique<BiasedMf>(*this); }

std::int64_t BiasedMfOptions::fit_bytes(const DataSize& size) const {
  return factor_bytes(size, factors) + 12 * size.interactions + 8 * size.users + 16 * size.items;
}

void rating_step(float* p, float* q, float& bias_u, float& bias_i, std::int64_t n, float error, float rate, float l2) {
  point_step(p, q, n, rate * error, rate * l2);
  bias_u += rate * (error - l2 * bias_u);
  bias_i += rate * (error - l2 * bias_i);
}

void BiasedMf::fit(const TrainingData& data) {
  const CsrMatrix& ratings = ratings_of(name(), data);
  const RatingScale scale = rating_scale(ratings, data.interactions);
  Factors f = random_factors(ratings, options_.factors, data.seed, "biased_mf");
  f.user_bias.assign(ratings.rows, 0.0f);
  BlockSchedule schedule(ratings, VisitOrder::kBlocks, data.seed);
  const auto rate = static_cast<float>(options_.learning_rate), l2 = static_cast<float>(options_.l2);
  const std::int64_t width = options_.factors;
  for (int epoch = 0; epoch < options_.epochs; ++epoch) {
    between_pieces(data, epoch, options_.epochs);
    schedule.run(epoch, [&](const Cell& cell) {
      for (const Visit& visit : cell.visits) {
        float* const p = f.users.row(visit.user).data();
        float* const q = f.items.row(visit.item).data();
        float &bias_u = f.user_bias[visit.user], &bias_i = f.item_bias[visit.item];
        rating_step(p, q, bias_u, bias_i, width, visit.value - scale.mean - bias_u - bias_i - dot(p, q, width), rate,
                    l2);
      }
    });
  }
  for (float& bias : f.item_bias) bias += scale.mean;
  set_scale(scale);
  set_factors(std::move(f));
}

float BiasedMf::fold_in(const Query& query, std::span<float> vector) const {
  return fold_in_liked(query, options_.l2, FoldInBias::kFitted, vector);
}

}  // namespace genre
