#include "genre/rec/bias.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "genre/base/thread_pool.h"
#include "genre/rec/tensors.h"

namespace genre {
namespace {

// out(r) = the bias of row r that is best while those of the columns stand still. Returns the largest move.
double update_rows(const CsrMatrix& ratings, double mean, const std::vector<double>& columns, double l2,
                   std::vector<double>& out) {
  std::vector<double> moves((ratings.rows + 255) / 256, 0.0);
  global_pool().parallel_for(ratings.rows, 256, [&](std::size_t begin, std::size_t end, int) {
    for (std::size_t r = begin; r < end; ++r) {
      const auto indices = ratings.row_indices(static_cast<std::int64_t>(r));
      const auto values = ratings.row_values(static_cast<std::int64_t>(r));
      if (indices.empty()) continue;
      double sum = 0;
      for (std::size_t n = 0; n < indices.size(); ++n) sum += values[n] - mean - columns[indices[n]];
      const double bias = sum / (l2 + static_cast<double>(indices.size()));
      moves[r / 256] = std::max(moves[r / 256], std::abs(bias - out[r]));
      out[r] = bias;
    }
  });
  return moves.empty() ? 0 : *std::max_element(moves.begin(), moves.end());
}

}  // namespace

void BiasOptions::fields(config::Fields& f) {
  f.number("l2", l2, {.minimum = 0, .maximum = 1e9}, "L2 penalty on the biases: ratings of exactly mu that all have");
  f.integer("iterations", iterations, {.minimum = 1, .maximum = 1e6}, "rounds of closed updates, at most");
}

std::unique_ptr<Recommender> BiasOptions::build() const { return std::make_unique<Bias>(*this); }

void Bias::fit(const TrainingData& data) {
  require_interactions(name(), data);
  const CsrMatrix& by_user = ratings_of(name(), data);
  const CsrMatrix by_item = transpose(by_user);
  scale_ = rating_scale(by_user, data.interactions);
  std::vector<double> users(by_user.rows, 0.0), items(by_user.cols, 0.0);
  const double still = 1e-7 * (static_cast<double>(scale_.highest) - scale_.lowest);
  for (int round = 0; round < options_.iterations; ++round) {
    const double item_move = update_rows(by_item, scale_.mean, users, options_.l2, items);
    const double user_move = update_rows(by_user, scale_.mean, items, options_.l2, users);
    if (std::max(item_move, user_move) <= still) break;
  }
  user_bias_.assign(users.begin(), users.end());
  item_bias_.assign(items.begin(), items.end());
}

float Bias::user_bias(const Query& query) const {
  if (query.user && *query.user >= 0 && *query.user < static_cast<std::int64_t>(user_bias_.size()))
    return user_bias_[*query.user];
  if (query.history.empty()) return 0;
  double sum = 0;
  for (const std::int32_t item : query.history)
    sum += static_cast<double>(scale_.liked) - scale_.mean - item_bias_[item];
  return static_cast<float>(sum / (options_.l2 + static_cast<double>(query.history.size())));
}

void Bias::score(std::span<const Query> queries, MatrixView scores) const {
  require_fitted(*this);
  assert(scores.rows() == static_cast<std::int64_t>(queries.size()) && scores.cols() == items());
  for (std::size_t q = 0; q < queries.size(); ++q) {
    const float base = scale_.mean + user_bias(queries[q]);
    const auto out = scores.row(static_cast<std::int64_t>(q));
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = base + item_bias_[i];
  }
}

void Bias::save(SafetensorsWriter& out, const std::string& prefix) const {
  require_fitted(*this);
  out.add(prefix + "user_bias", std::span<const float>(user_bias_), {static_cast<std::int64_t>(user_bias_.size())});
  out.add(prefix + "item_bias", std::span<const float>(item_bias_), {items()});
  out.add(prefix + "scale", as_tensor(scale_), {4});
}

void Bias::load(const SafetensorsFile& in, const std::string& prefix) {
  auto users = read_vector<float>(in, prefix + "user_bias");
  auto items = read_vector<float>(in, prefix + "item_bias");
  scale_ = read_scale(in, prefix + "scale");
  user_bias_ = std::move(users);
  item_bias_ = std::move(items);
}

}  // namespace genre
