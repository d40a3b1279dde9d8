#include "genre/rec/user_knn.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <utility>

#include "genre/rec/csr_tensors.h"
#include "genre/rec/item_knn.h"
#include "genre/rec/rated_histories.h"
#include "genre/rec/sparse_item_item.h"
#include "genre/rec/tensors.h"

namespace genre {

void UserKnnOptions::fields(config::Fields& f) {
  f.integer("neighbours", neighbours, {.minimum = 1, .maximum = 1e6}, "most similar users that speak");
  f.choice("similarity", similarity, {"cosine", "adjusted_cosine", "jaccard", "dot"},
           "how alike two users are, by their items");
  f.choice("weighting", weighting, {"none", "tf_idf", "bm25"},
           "weight of each interaction: a user is a document whose words are the items");
  f.number("shrink", shrink, {.minimum = 0, .maximum = 1e6},
           "added to the denominator of cosine and jaccard, against similarities that rest on few items");
  f.flag("normalise", normalise, "divide the cosine by the users' norms");
}

std::unique_ptr<Recommender> UserKnnOptions::build() const { return std::make_unique<UserKnn>(*this); }

void UserKnn::fit(const TrainingData& data) {
  require_interactions(name(), data);
  const std::int64_t users = data.interactions.rows, items = data.interactions.cols;
  const bool adjusted = options_.similarity == "adjusted_cosine", jaccard = options_.similarity == "jaccard";
  std::vector<float> item_weights(items, 1.0f);
  mean_length_ = 0;
  CsrMatrix index;
  if (adjusted) {
    const CsrMatrix& ratings = ratings_of(name(), data);
    const float liked = rating_scale(ratings, data.interactions).liked;
    index = transpose(ratings);
    for (std::int64_t item = 0; item < items; ++item) {
      const std::int64_t first = index.offsets[item], last = index.offsets[item + 1];
      double sum = 0;
      for (std::int64_t n = first; n < last; ++n) sum += index.values[n];
      const auto mean = static_cast<float>(sum / static_cast<double>(std::max<std::int64_t>(last - first, 1)));
      for (std::int64_t n = first; n < last; ++n) index.values[n] -= mean;
      item_weights[item] = liked - mean;
    }
  } else {
    const std::string weighting = jaccard ? "none" : options_.weighting;
    index = transpose(data.interactions);
    double total = 0;
    for (const float value : index.values) total += value;
    mean_length_ = static_cast<float>(total / static_cast<double>(users));
    if (weighting != "none") {
      for (std::int64_t item = 0; item < items; ++item)
        item_weights[item] = static_cast<float>(
            std::log(static_cast<double>(users) / (1.0 + static_cast<double>(index.row_indices(item).size()))));
      index = transpose(weighted_items(index, weighting));
    }
    if (jaccard) std::fill(index.values.begin(), index.values.end(), 1.0f);
  }
  std::vector<double> squares(users, 0.0);
  for (std::size_t n = 0; n < index.indices.size(); ++n)
    squares[index.indices[n]] += static_cast<double>(index.values[n]) * index.values[n];
  sizes_.resize(users);
  for (std::int64_t user = 0; user < users; ++user)
    sizes_[user] = static_cast<float>(jaccard ? squares[user] : std::sqrt(squares[user]));
  rows_ = data.interactions;
  index_ = std::move(index);
  item_weights_ = std::move(item_weights);
}

// As weighted_items does for users of training.
std::vector<float> UserKnn::history_weights(const Query& query) const {
  const bool values_count = options_.similarity == "cosine" || options_.similarity == "dot";
  const auto value = [&](std::size_t h) {
    return query.history_values.empty() || !values_count ? 1.0f : query.history_values[h];
  };
  const bool tf_idf = values_count && options_.weighting == "tf_idf",
             bm25 = values_count && options_.weighting == "bm25";
  double length = 0;
  for (std::size_t h = 0; h < query.history.size(); ++h) length += value(h);
  std::vector<float> out(query.history.size());
  for (std::size_t h = 0; h < out.size(); ++h) {
    const double x = value(h);
    const double tf = tf_idf ? std::sqrt(std::max(x, 0.0)) : bm25 ? bm25_frequency(x, length, mean_length_) : x;
    out[h] = static_cast<float>(tf * item_weights_[query.history[h]]);
  }
  return out;
}

std::vector<ScoredIndex> UserKnn::nearest(const Query& query, std::span<const float> weights) const {
  const bool jaccard = options_.similarity == "jaccard";
  const bool product_alone = options_.similarity == "dot" || (!jaccard && !options_.normalise);
  double size = 0;
  for (const float weight : weights) size += static_cast<double>(weight) * weight;
  if (!jaccard) size = std::sqrt(size);
  std::vector<std::int32_t> ascending(query.history.begin(), query.history.end());
  std::sort(ascending.begin(), ascending.end());
  std::vector<ScoredIndex> out;
  for (const auto& [user, common, product] : overlaps(index_, query.history, weights)) {
    if (product <= 0) continue;
    const double similarity = product_alone ? product
                              : jaccard     ? product / (size + sizes_[user] - product + options_.shrink)
                                            : product / (size * sizes_[user] + options_.shrink);
    const auto liked = rows_.row_indices(user);
    if (liked.size() > static_cast<std::size_t>(common) || holds_more(liked, ascending))
      out.push_back({user, static_cast<float>(similarity)});
  }
  keep_best(out, options_.neighbours);
  return out;
}

void UserKnn::score(std::span<const Query> queries, MatrixView scores) const {
  require_fitted(*this);
  assert(scores.rows() == static_cast<std::int64_t>(queries.size()) && scores.cols() == items());
  for (std::size_t q = 0; q < queries.size(); ++q) {
    const auto out = scores.row(static_cast<std::int64_t>(q));
    std::fill(out.begin(), out.end(), 0.0f);
    add_rows(rows_, nearest(queries[q], history_weights(queries[q])), out);
  }
}

bool UserKnn::personalises(const Query& query) const {
  return std::any_of(query.history.begin(), query.history.end(),
                     [&](std::int32_t item) { return item_weights_[item] != 0 && !index_.row_indices(item).empty(); });
}

void UserKnn::save(SafetensorsWriter& out, const std::string& prefix) const {
  require_fitted(*this);
  out.add(prefix + "sizes", std::span<const float>(sizes_), {rows_.rows});
  out.add(prefix + "item_weights", std::span<const float>(item_weights_), {items()});
  out.add(prefix + "mean_length", std::span<const float>(&mean_length_, 1), {1});
  save_csr(out, prefix + "rows.", rows_);
  save_csr(out, prefix + "index.", index_);
}

void UserKnn::load(const SafetensorsFile& in, const std::string& prefix) {
  auto sizes = read_vector<float>(in, prefix + "sizes"), item_weights = read_vector<float>(in, prefix + "item_weights");
  const auto users = static_cast<std::int64_t>(sizes.size()), items = static_cast<std::int64_t>(item_weights.size());
  CsrMatrix rows = read_csr(in, prefix + "rows.", items), index = read_csr(in, prefix + "index.", users);
  if (rows.rows != users) bad_tensor(in, prefix + "rows.offsets", "has another number of users than the sizes");
  if (index.rows != items) bad_tensor(in, prefix + "index.offsets", "has another number of items than the weights");
  mean_length_ = in.values<float>(prefix + "mean_length", {1})[0];
  rows_ = std::move(rows);
  index_ = std::move(index);
  sizes_ = std::move(sizes);
  item_weights_ = std::move(item_weights);
}

std::vector<ScoredIndex> UserKnn::explain(const Query& query, std::int32_t item, int count) const {
  require_fitted(*this);
  const auto weights = history_weights(query);
  return best_positive(shares_of_history(rows_, index_, nearest(query, weights), query.history, weights, item), count);
}

}  // namespace genre
