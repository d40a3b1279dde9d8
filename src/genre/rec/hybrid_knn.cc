#include "genre/rec/hybrid_knn.h"

#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "genre/base/error.h"
#include "genre/base/thread_pool.h"
#include "genre/linalg/gemm.h"
#include "genre/rec/centred_vectors.h"
#include "genre/rec/item_knn.h"
#include "genre/rec/tensors.h"

namespace genre {
namespace {

constexpr std::int64_t kBlock = 16;

// Cosines between the rows of a sparse matrix, one row at a time.
class SparseCosines {
 public:
  SparseCosines(CsrMatrix rows, double shrink) : rows_(std::move(rows)), columns_(transpose(rows_)), shrink_(shrink) {
    for (std::int64_t r = 0; r < rows_.rows; ++r) {
      double squares = 0;
      for (const float value : rows_.row_values(r)) squares += static_cast<double>(value) * value;
      norms_.push_back(std::sqrt(squares));
    }
  }

  // out (rows) += weight * max(cosine, 0). `sums` is scratch of the same size.
  void add(std::int64_t row, double weight, std::span<float> out, std::vector<double>& sums) const {
    sums.assign(rows_.rows, 0.0);
    const auto indices = rows_.row_indices(row);
    const auto values = rows_.row_values(row);
    for (std::size_t n = 0; n < indices.size(); ++n) {
      const auto others = columns_.row_indices(indices[n]);
      const auto theirs = columns_.row_values(indices[n]);
      for (std::size_t o = 0; o < others.size(); ++o) sums[others[o]] += static_cast<double>(values[n]) * theirs[o];
    }
    for (std::size_t other = 0; other < sums.size(); ++other)
      if (sums[other] > 0)
        out[other] += static_cast<float>(weight * sums[other] / (norms_[row] * norms_[other] + shrink_));
  }

 private:
  CsrMatrix rows_, columns_;
  double shrink_;
  std::vector<double> norms_;
};

void require_item_features(std::string_view model, const TrainingData& data) {
  if (data.item_features == nullptr)
    throw Error(ErrorCode::kData, fmt::format("{} wants features of the items, and there are none", model),
                "name item fields in the configuration, or set side = \"text\"", {.key = "model.side"});
  if (data.item_features->rows != data.interactions.cols)
    throw Error(ErrorCode::kData, fmt::format("{} wants features of {} items, found those of {}", model,
                                              data.interactions.cols, data.item_features->rows));
}

}  // namespace

void HybridKnnOptions::fields(config::Fields& f) {
  f.integer("neighbours", neighbours, {.minimum = 1, .maximum = 1e6}, "most similar items that each item keeps");
  f.choice("side", side, {"text", "features", "both"}, "what items are compared by beside their users");
  f.number("side_weight", side_weight, {.minimum = 0, .maximum = 1},
           "share of the side in the similarity; 0: users alone, 1: the side alone");
  f.choice("weighting", weighting, {"none", "tf_idf", "bm25"},
           "weight of each interaction: an item is a document whose words are its users");
  f.number("shrink", shrink, {.minimum = 0, .maximum = 1e6},
           "added to the denominator of the cosine over users, against similarities that rest on few");
}

std::unique_ptr<Recommender> HybridKnnOptions::build() const { return std::make_unique<HybridKnn>(*this); }

void HybridKnn::fit(const TrainingData& data) {
  require_interactions(name(), data);
  const bool text = options_.side != "features", features = options_.side != "text";
  if (text) require_item_vectors(name(), data);
  if (features) require_item_features(name(), data);
  const std::int64_t items = data.interactions.cols;
  const SparseCosines users(weighted_items(data.interactions, options_.weighting), options_.shrink);
  const SparseCosines fields(features ? *data.item_features : CsrMatrix{}, 0);
  const CentredVectors vectors = text ? centre_vectors(data.item_vectors, /*centre=*/true) : CentredVectors{};
  const PackedMatrix packed = text ? PackedMatrix::pack(vectors.vectors, /*transposed=*/true) : PackedMatrix{};
  const double side_share = options_.side_weight / (text && features ? 2 : 1);

  std::vector<std::vector<ScoredIndex>> neighbours(items);
  global_pool().parallel_for(items, kBlock, [&](std::size_t begin, std::size_t end, int) {
    Matrix block(static_cast<std::int64_t>(end - begin), items);
    if (text)
      multiply_serial(vectors.vectors.row(static_cast<std::int64_t>(begin)).data(), block.rows(),
                      vectors.vectors.cols(), packed, block.data(), items);
    std::vector<double> sums;
    std::vector<ScoredIndex> all;
    for (std::size_t item = begin; item < end; ++item) {
      const auto row = block.row(static_cast<std::int64_t>(item - begin));
      for (float& cosine : row) cosine = static_cast<float>(side_share * std::max(cosine, 0.0f));
      if (features) fields.add(static_cast<std::int64_t>(item), side_share, row, sums);
      users.add(static_cast<std::int64_t>(item), 1 - options_.side_weight, row, sums);
      all.clear();
      for (std::int64_t other = 0; other < items; ++other)
        if (other != static_cast<std::int64_t>(item) && row[other] > 0)
          all.push_back({static_cast<std::int32_t>(other), row[other]});
      keep_best(all, options_.neighbours);
      neighbours[item] = std::vector<ScoredIndex>(all.begin(), all.end());
    }
  });
  set_weights(transpose(csr_from_lists(std::move(neighbours))));
}

}  // namespace genre
