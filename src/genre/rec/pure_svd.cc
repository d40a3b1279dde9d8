#include "genre/rec/pure_svd.h"

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
  return factor_bytes({.items = size.items}, factors) + 4 * (size.users + 2 * size.items) * width +
         200 * width * width + 8 * size.interactions + 8 * size.items;
}

void PureSvd::fit(const TrainingData& data) {
  require_interactions(name(), data);
  TruncatedSvd svd = truncated_svd(
      data.interactions,
      {.rank = options_.factors, .oversample = kOversample, .iterations = options_.iterations, .seed = data.seed});
  set_factors({.users = {}, .items = std::move(svd.right), .item_bias = {}, .user_bias = {}});
}

float PureSvd::fold_in(const Query& query, std::span<float> vector) const {
  sum_rows(factors().items, query.history, query.history_values, vector);
  return 0;
}

}  // namespace genre
