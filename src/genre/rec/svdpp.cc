#include "genre/rec/svdpp.h"

#include <cmath>
#include <numeric>

#include "genre/base/random.h"
#include "genre/rec/biased_mf.h"
#include "genre/rec/bpr.h"
#include "genre/rec/fit_progress.h"
#include "genre/rec/ials.h"
#include "genre/rec/tensors.h"

namespace genre {

void SvdppOptions::fields(config::Fields& f) {
  f.integer("factors", factors, {.minimum = 1, .maximum = 4096}, "length of the vectors");
  f.integer("epochs", epochs, {.minimum = 1, .maximum = 100000}, "passes over the ratings");
  f.number("learning_rate", learning_rate, {.minimum = 1e-6, .maximum = 10}, "size of a gradient step");
  f.number("l2", l2, {.minimum = 0, .maximum = 10}, "penalty on biases and vectors, for each rating");
}

std::unique_ptr<Recommender> SvdppOptions::build() const { return std::make_unique<Svdpp>(*this); }

std::int64_t SvdppOptions::fit_bytes(const DataSize& size) const {
  return factor_bytes(size, factors) + 4 * size.items * factors + 4 * size.users;
}

double svdpp_user(SvdppState& state, std::int64_t user, std::span<const std::int32_t> items,
                  std::span<const float> ratings, float rate, float l2) {
  const std::int64_t width = state.implicit.cols();
  const auto scale = static_cast<float>(1 / std::sqrt(static_cast<double>(items.size())));
  std::vector<float> sum(width), whole(width), gradient(width, 0.0f);
  sum_rows(state.implicit, items, {}, sum);
  float* const p = state.factors.users.row(user).data();
  double squares = 0;
  for (std::size_t n = 0; n < items.size(); ++n) {
    float* const q = state.factors.items.row(items[n]).data();
    float &bias_u = state.factors.user_bias[user], &bias_i = state.factors.item_bias[items[n]];
    for (std::int64_t d = 0; d < width; ++d) whole[d] = p[d] + scale * sum[d];
    const float error = ratings[n] - state.mean - bias_u - bias_i - dot(whole.data(), q, width);
    squares += static_cast<double>(error) * error;
    add_scaled(error * scale, q, gradient.data(), width);
    for (std::int64_t d = 0; d < width; ++d) {
      const float before = q[d];
      q[d] += rate * (error * whole[d] - l2 * before);
      p[d] += rate * (error * before - l2 * p[d]);
    }
    bias_u += rate * (error - l2 * bias_u);
    bias_i += rate * (error - l2 * bias_i);
  }
  const float keep = std::pow(1 - rate * l2, static_cast<float>(items.size()));  // as many steps of decay
  for (const std::int32_t item : items) {
    float* const y = state.implicit.row(item).data();
    for (std::int64_t d = 0; d < width; ++d) y[d] = keep * y[d] + rate * gradient[d];
  }
  return squares;
}

void Svdpp::fit(const TrainingData& data) {
  const CsrMatrix& ratings = ratings_of(name(), data);
  const RatingScale scale = rating_scale(ratings, data.interactions);
  SvdppState state{random_factors(ratings, options_.factors, data.seed, "svdpp"),
                   Matrix(ratings.cols, options_.factors), scale.mean};
  state.factors.user_bias.assign(ratings.rows, 0.0f);
  std::vector<std::int32_t> order(ratings.rows);
  std::iota(order.begin(), order.end(), 0);
  RandomStream random(data.seed, "svdpp order");
  for (int epoch = 0; epoch < options_.epochs; ++epoch) {
    between_pieces(data, epoch, options_.epochs);
    random.shuffle(std::span(order));
    for (const std::int32_t user : order)
      if (!ratings.row_indices(user).empty())
        svdpp_user(state, user, ratings.row_indices(user), ratings.row_values(user),
                   static_cast<float>(options_.learning_rate), static_cast<float>(options_.l2));
  }
  Factors f = std::move(state.factors);
  std::vector<float> sum(options_.factors);
  for (std::int64_t user = 0; user < ratings.rows; ++user) {
    const auto items = ratings.row_indices(user);
    if (items.empty()) continue;
    sum_rows(state.implicit, items, {}, sum);
    add_scaled(static_cast<float>(1 / std::sqrt(static_cast<double>(items.size()))), sum.data(),
               f.users.row(user).data(), options_.factors);
  }
  for (float& bias : f.item_bias) bias += scale.mean;
  implicit_ = std::move(state.implicit);
  set_scale(scale);
  set_factors(std::move(f));
}

float Svdpp::fold_in(const Query& query, std::span<float> vector) const {
  sum_rows(implicit_, query.history, {}, vector);
  const auto scale = static_cast<float>(1 / std::sqrt(static_cast<double>(query.history.size())));
  for (float& value : vector) value *= scale;
  return fold_in_liked(query, options_.l2, FoldInBias::kFitted, vector);
}

void Svdpp::save(SafetensorsWriter& out, const std::string& prefix) const {
  RatingFactorModel::save(out, prefix);
  out.add(prefix + "implicit_items", implicit_.values(), {implicit_.rows(), implicit_.cols()});
}

void Svdpp::load(const SafetensorsFile& in, const std::string& prefix) {
  Matrix implicit = read_matrix(in, prefix + "implicit_items");
  RatingFactorModel::load(in, prefix);
  if (implicit.rows() != items() || implicit.cols() != factors().items.cols())
    bad_tensor(in, prefix + "implicit_items", "has another shape than the items");
  implicit_ = std::move(implicit);
}

}  // namespace genre
