#include "genre/rec/factor_model.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <utility>

#include "genre/rec/tensors.h"

namespace genre {
namespace {

bool all_zero(std::span<const float> values) {
  return std::all_of(values.begin(), values.end(), [](float x) { return x == 0; });
}

}  // namespace

std::int64_t factor_bytes(const DataSize& size, int factors) {
  return 4 * (size.users + 2 * size.items) * factors + 8 * (size.users + size.items) + 4096;
}

void FactorModel::set_factors(Factors factors) {
  factors_ = std::move(factors);
  packed_items_ = PackedMatrix::pack(factors_.items, /*transposed=*/true);
  item_scale_.assign(items(), 0.0f);
  const std::int64_t width = factors_.items.cols();
  for (std::int64_t item = 0; item < items(); ++item) {
    const float* const row = std::as_const(factors_.items).row(item).data();
    const float squares = dot(row, row, width);
    if (squares > 0) item_scale_[item] = 1.0f / std::sqrt(squares);
  }
  prepare();
}

bool FactorModel::remembered(const Query& query) const {
  return query.user && *query.user >= 0 && *query.user < factors_.users.rows() &&
         !all_zero(factors_.users.row(*query.user));
}

void FactorModel::score(std::span<const Query> queries, MatrixView scores) const {
  require_fitted(*this);
  assert(scores.rows() == static_cast<std::int64_t>(queries.size()) && scores.cols() == items());
  Matrix vectors(scores.rows(), factors_.items.cols());
  std::vector<float> offsets(queries.size(), 0.0f);
  for (std::size_t q = 0; q < queries.size(); ++q) {
    const Query& query = queries[q];
    const auto vector = vectors.row(static_cast<std::int64_t>(q));
    if (remembered(query)) {
      const auto row = factors_.users.row(*query.user);
      std::copy(row.begin(), row.end(), vector.begin());
      if (!factors_.user_bias.empty()) offsets[q] = factors_.user_bias[*query.user];
    } else if (!query.history.empty()) {
      offsets[q] = fold_in(query, vector);
    }
  }
  multiply_serial(vectors.data(), vectors.rows(), vectors.cols(), packed_items_, scores.data(), scores.cols(),
                  {.bias = factors_.item_bias.empty() ? nullptr : factors_.item_bias.data()});
  for (std::size_t q = 0; q < queries.size(); ++q) {
    if (offsets[q] == 0) continue;
    for (float& score : scores.row(static_cast<std::int64_t>(q))) score += offsets[q];
  }
}

bool FactorModel::personalises(const Query& query) const {
  return remembered(query) || std::any_of(query.history.begin(), query.history.end(),
                                          [&](std::int32_t item) { return item_scale_[item] > 0; });
}

void FactorModel::save(SafetensorsWriter& out, const std::string& prefix) const {
  require_fitted(*this);
  const std::int64_t users = factors_.users.rows(), width = factors_.items.cols();
  out.add(prefix + "items", factors_.items.values(), {items(), width});
  if (remembers_users()) out.add(prefix + "users", factors_.users.values(), {users, width});
  if (biases().item) out.add(prefix + "item_bias", std::span<const float>(factors_.item_bias), {items()});
  if (biases().user) out.add(prefix + "user_bias", std::span<const float>(factors_.user_bias), {users});
}

void FactorModel::load(const SafetensorsFile& in, const std::string& prefix) {
  Factors factors;
  factors.items = read_matrix(in, prefix + "items");
  if (factors.items.empty()) bad_tensor(in, prefix + "items", "has no items");
  if (remembers_users()) {
    factors.users = read_matrix(in, prefix + "users");
    if (factors.users.cols() != factors.items.cols())
      bad_tensor(in, prefix + "users", "has another width than the items");
  }
  if (biases().item) {
    factors.item_bias = read_vector<float>(in, prefix + "item_bias");
    if (static_cast<std::int64_t>(factors.item_bias.size()) != factors.items.rows())
      bad_tensor(in, prefix + "item_bias", "has another length than there are items");
  }
  if (biases().user) {
    factors.user_bias = read_vector<float>(in, prefix + "user_bias");
    if (static_cast<std::int64_t>(factors.user_bias.size()) != factors.users.rows())
      bad_tensor(in, prefix + "user_bias", "has another length than there are users");
  }
  set_factors(std::move(factors));
}

std::vector<ScoredIndex> FactorModel::similar_items(std::int32_t item, int k) const {
  require_fitted(*this);
  if (item_scale_[item] == 0) return {};
  std::vector<float> scores(items());
  multiply_serial(factors_.items.row(item).data(), 1, factors_.items.cols(), packed_items_, scores.data(), items());
  for (std::int64_t other = 0; other < items(); ++other)
    scores[other] = item_scale_[other] > 0 ? scores[other] * item_scale_[other] * item_scale_[item] : kMasked;
  scores[item] = kMasked;
  return top_k(scores, k);
}

}  // namespace genre
