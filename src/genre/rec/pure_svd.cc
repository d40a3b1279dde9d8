#include "genre/rec/pure_svd.h"

#include <cmath>
#include <utility>

#include "genre/linalg/truncated_svd.h"
#include "genre/rec/tensors.h"

namespace genre {
namespace {

constexpr int kOversample = 16;

}  // namespace

void PureSvdOptions::fields(config::Fields& f) {
  f.integer("factors", factors, {.minimum = 1, .maximum = 4096}, "singular vectors");
  f.integer("iterations", iterations, {.minimum = 1, .maximum = 10000},
            "power iterations at most; they end when the singular values have settled");
}

std::unique_ptr<Recommender> PureSvdOptions::build() const { return std::make_unique<PureSvd>(*this); }

std::int64_t PureSvdOptions::fit_bytes(const DataSize& size) const {
  const std::int64_t width = factors + kOversample;
  return factor_bytes({.items = size.items}, factors) + 4 * factors + 4 * (size.users + 2 * size.items) * width +
         200 * width * width + 8 * size.interactions + 8 * size.items;
}

void PureSvd::fit(const TrainingData& data) {
  require_interactions(name(), data);
  TruncatedSvd svd = truncated_svd(
      data.interactions,
      {.rank = options_.factors, .oversample = kOversample, .iterations = options_.iterations, .seed = data.seed});
  squares_.assign(svd.squares.begin(), svd.squares.end());
  set_factors({.users = {}, .items = std::move(svd.right), .item_bias = {}, .user_bias = {}});
}

void PureSvd::save(SafetensorsWriter& out, const std::string& prefix) const {
  FactorModel::save(out, prefix);
  out.add(prefix + "squares", std::span<const float>(squares_), {static_cast<std::int64_t>(squares_.size())});
}

void PureSvd::load(const SafetensorsFile& in, const std::string& prefix) {
  std::vector<float> squares = read_vector<float>(in, prefix + "squares");
  const auto& shape = in.at(prefix + "items").shape;
  if (shape.size() != 2 || shape[1] != static_cast<std::int64_t>(squares.size()))
    bad_tensor(in, prefix + "squares", "has another length than the items are wide");
  FactorModel::load(in, prefix);
  squares_ = std::move(squares);
}

std::vector<ScoredIndex> PureSvd::similar_items(std::int32_t item, int k) const {
  require_fitted(*this);
  const auto width = static_cast<std::int64_t>(squares_.size());
  std::vector<float> weighted(width), scores(items());
  const auto length = [&](const float* row) {
    float sum = 0;
    for (std::int64_t d = 0; d < width; ++d) sum += row[d] * row[d] * squares_[d];
    return std::sqrt(sum);
  };
  const float* const own = factors().items.row(item).data();
  for (std::int64_t d = 0; d < width; ++d) weighted[d] = own[d] * squares_[d];
  const float own_length = length(own);
  for (std::int64_t other = 0; other < items(); ++other) {
    const float* const row = factors().items.row(other).data();
    const float lengths = own_length * length(row);
    scores[other] = lengths > 0 && other != item ? dot(weighted.data(), row, width) / lengths : kMasked;
  }
  return top_k(scores, k);
}

float PureSvd::fold_in(const Query& query, std::span<float> vector) const {
  sum_rows(factors().items, query.history, query.history_values, vector);
  return 0;
}

}  // namespace genre
