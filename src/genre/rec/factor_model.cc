#include "genre/rec/factor_model.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <utility>

#include "genre/linalg/all_zeros.h"
#include "genre/rec/tensors.h"

namespace genre {
namespace {}  // namespace

std::int64_t factor_bytes(const DataSize& size, int factors) {
  return (4 * size.users + 9 * size.items) * factors + 8 * size.users + 16 * size.items + 4096;
}

void FactorModel::set_factors(Factors factors) {
  factors_ = std::move(factors);
  packed_items_ = PackedMatrix::pack(factors_.items, /*transposed=*/true);
  item_scale_.assign(items(), 0.0f);
  const std::int64_t width = factors_.items.cols();
  std::vector<std::int32_t> masked;
  for (std::int64_t item = 0; item < items(); ++item) {
    const float* const row = std::as_const(factors_.items).row(item).data();
    const float squares = dot(row, row, width);
    if (squares > 0)
      item_scale_[item] = 1.0f / std::sqrt(squares);
    else if (masks_zero_vectors())
      masked.push_back(static_cast<std::int32_t>(item));
  }
  search_ = ProductSearch(factors_.items, std::move(masked));
  prepare();
}

bool FactorModel::remembered(const Query& query) const {
  return query.user && *query.user >= 0 && *query.user < factors_.users.rows() &&
         !all_zeros(factors_.users.row(*query.user));
}

float FactorModel::vector_of(const Query& query, std::span<float> vector) const {
  if (remembered(query)) {
    std::ranges::copy(factors_.users.row(*query.user), vector.begin());
    return factors_.user_bias.empty() ? 0.0f : factors_.user_bias[*query.user];
  }
  return reads(query) ? fold_in(query, vector) : 0.0f;
}

void FactorModel::score(std::span<const Query> queries, MatrixView scores) const {
  require_fitted(*this);
  assert(scores.rows() == static_cast<std::int64_t>(queries.size()) && scores.cols() == items());
  Matrix vectors(scores.rows(), factors_.items.cols());
  std::vector<float> offsets;
  for (std::size_t q = 0; q < queries.size(); ++q)
    offsets.push_back(vector_of(queries[q], vectors.row(static_cast<std::int64_t>(q))));
  multiply_serial(vectors.data(), vectors.rows(), vectors.cols(), packed_items_, scores.data(), scores.cols(),
                  {.bias = factors_.item_bias.empty() ? nullptr : factors_.item_bias.data()});
  for (std::size_t q = 0; q < queries.size(); ++q) {
    const auto row = scores.row(static_cast<std::int64_t>(q));
    if (offsets[q] != 0)
      for (float& score : row) score += offsets[q];
    for (const std::int32_t item : search_.left_out()) row[item] = kMasked;
  }
}

std::vector<ScoredIndex> FactorModel::find_best(const Query& query, const RankOptions& options) const {
  require_fitted(*this);
  std::vector<float> vector(factors_.items.cols());
  const float bias = vector_of(query, vector);
  std::vector<ScoredIndex> out = search_.best(factors_.items, vector, factors_.item_bias, options);
  for (ScoredIndex& one : out) one.score += bias;
  if (bias != 0)  // which may make equal what was not
    std::ranges::sort(out, ranks_before);
  return out;
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
