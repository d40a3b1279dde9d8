#include "genre/rec/item_knn.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <functional>
#include <optional>
#include <utility>

#include "genre/base/thread_pool.h"
#include "genre/linalg/pair_counts.h"
#include "genre/linalg/sparse_accumulator.h"
#include "genre/rec/rated_histories.h"
#include "genre/rec/tensors.h"

namespace genre {
namespace {

constexpr double kBm25K1 = 1.2, kBm25B = 0.75;

// The most similar others of one item after another.
class SimilarityRow {
 public:
  SimilarityRow(const ItemKnnOptions& options, const CsrMatrix& by_item, const CsrMatrix& by_user,
                const PairCounts* pairs, std::span<const double> sizes)
      : neighbours_(options.neighbours),
        jaccard_(options.similarity == "jaccard"),
        bare_(options.similarity == "dot" || !options.normalise),
        shrink_(options.shrink),
        by_item_(by_item),
        by_user_(by_user),
        pairs_(pairs),
        sizes_(sizes),
        sums_(by_item.rows) {}

  // The nearest neighbours of `item` in the order of ids.
  std::vector<ScoredIndex> neighbours(std::int32_t item) {
    return pairs_ != nullptr ? best_of_counts(item) : best_of_sums(item);
  }

 private:
  std::vector<ScoredIndex> best_of_counts(std::int32_t item) {
    similarities_.resize(by_item_.rows);
    pairs_->row(item, similarities_);
    for (std::size_t other = 0; other < similarities_.size(); ++other) {
      const float count = similarities_[other];
      const auto similarity = static_cast<float>(similarity_of(count, sizes_[item], sizes_[other]));
      similarities_[other] = count > 0 ? similarity : kMasked;
    }
    similarities_[item] = kMasked;
    return top_k_by_index(similarities_, neighbours_);
  }

  std::vector<ScoredIndex> best_of_sums(std::int32_t item) {
    const auto users = by_item_.row_indices(item);
    const auto values = by_item_.row_values(item);
    std::int64_t additions = 0;
    for (const std::int32_t user : users) additions += by_user_.offsets[user + 1] - by_user_.offsets[user];
    sums_.expect(additions);
    for (std::size_t u = 0; u < users.size(); ++u) {
      const auto weights = by_user_.row_values(users[u]);
      const bool alike = std::adjacent_find(weights.begin(), weights.end(), std::not_equal_to<>()) == weights.end();
      sums_.add(static_cast<double>(values[u]) * (alike ? weights[0] : 1.0f), by_user_.row_indices(users[u]),
                alike ? std::span<const float>() : weights);
    }
    others_.clear();
    similarities_.clear();
    sums_.drain([&](std::int32_t other, double sum) {
      const auto similarity = static_cast<float>(similarity_of(sum, sizes_[item], sizes_[other]));
      if (other == item || !(similarity > 0)) return;
      others_.push_back(other);
      similarities_.push_back(similarity);
    });
    std::vector<ScoredIndex> out = top_k_by_index(similarities_, neighbours_);
    for (ScoredIndex& entry : out) entry.index = others_[entry.index];
    return out;
  }

  double similarity_of(double sum, double a, double b) const {
    if (jaccard_) return sum / (a + b - sum + shrink_);
    return bare_ ? sum : sum / (a * b + shrink_);
  }

  int neighbours_;
  bool jaccard_, bare_;
  double shrink_;
  const CsrMatrix& by_item_;
  const CsrMatrix& by_user_;
  const PairCounts* pairs_;        // of by_user where sums of products are counts; or null
  std::span<const double> sizes_;  // norms, or numbers of users for jaccard
  SparseAccumulator sums_;
  std::vector<std::int32_t> others_;  // with a similarity above 0, by id
  std::vector<float> similarities_;   // theirs
};

// Whether sums of products are counts of users, so many that most pairs of items have some.
bool counts_pairs(const CsrMatrix& by_user) {
  if (!std::all_of(by_user.values.begin(), by_user.values.end(), [](float value) { return value == 1; })) return false;
  double additions = 0;
  for (std::int64_t user = 0; user < by_user.rows; ++user) {
    const auto size = static_cast<double>(by_user.row_indices(user).size());
    additions += size * size;
  }
  return additions >= static_cast<double>(by_user.cols) * static_cast<double>(by_user.cols) / 8;
}

}  // namespace

void ItemKnnOptions::fields(config::Fields& f) {
  f.integer("neighbours", neighbours, {.minimum = 1, .maximum = 1e6}, "most similar items that each item keeps");
  f.choice("similarity", similarity, {"cosine", "adjusted_cosine", "dot", "jaccard"},
           "how alike two items are, by their users");
  f.choice("weighting", weighting, {"none", "tf_idf", "bm25"},
           "weight of each interaction: an item is a document whose words are its users");
  f.number("shrink", shrink, {.minimum = 0, .maximum = 1e6},
           "added to the denominator of cosine and jaccard, against similarities that rest on few users");
  f.flag("normalise", normalise, "divide the cosine by the items' norms");
}

std::unique_ptr<Recommender> ItemKnnOptions::build() const { return std::make_unique<ItemKnn>(*this); }

double bm25_frequency(double x, double length, double mean_length) {
  return x * (kBm25K1 + 1) / (x + kBm25K1 * (1 - kBm25B + kBm25B * length / mean_length));
}

CsrMatrix weighted_items(const CsrMatrix& interactions, const std::string& weighting) {
  CsrMatrix out = transpose(interactions);
  if (weighting == "none") return out;
  const auto items = static_cast<double>(out.rows);
  std::vector<double> idf(interactions.rows);
  for (std::int64_t user = 0; user < interactions.rows; ++user)
    idf[user] = std::log(items / (1.0 + static_cast<double>(interactions.row_indices(user).size())));

  double total = 0;
  for (const float value : out.values) total += value;
  const double mean_length = total / items;
  for (std::int64_t item = 0; item < out.rows; ++item) {
    double length = 0;
    for (const float value : out.row_values(item)) length += value;
    for (std::int64_t n = out.offsets[item]; n < out.offsets[item + 1]; ++n) {
      const double x = out.values[n];
      const double tf = weighting == "tf_idf" ? std::sqrt(std::max(x, 0.0)) : bm25_frequency(x, length, mean_length);
      out.values[n] = static_cast<float>(tf * idf[out.indices[n]]);
    }
  }
  return out;
}

void ItemKnn::fit(const TrainingData& data) {
  require_interactions(name(), data);
  const bool jaccard = options_.similarity == "jaccard";
  const bool adjusted = options_.similarity == "adjusted_cosine";
  CsrMatrix by_item = adjusted ? transpose(centred_by_user(ratings_of(name(), data)))
                               : weighted_items(data.interactions, jaccard ? "none" : options_.weighting);
  if (jaccard) std::fill(by_item.values.begin(), by_item.values.end(), 1.0f);
  const CsrMatrix by_user = transpose(by_item);
  const std::int64_t items = by_item.rows;
  std::vector<double> sizes(items);
  for (std::int64_t item = 0; item < items; ++item) {
    double sum = 0;
    for (const float value : by_item.row_values(item)) sum += static_cast<double>(value) * value;
    sizes[item] = jaccard ? sum : std::sqrt(sum);
  }

  std::optional<PairCounts> pairs;
  if (counts_pairs(by_user)) pairs.emplace(by_user);
  std::vector<std::vector<ScoredIndex>> neighbours(items);
  global_pool().parallel_for(items, 64, [&](std::size_t begin, std::size_t end, int) {
    SimilarityRow row(options_, by_item, by_user, pairs ? &*pairs : nullptr, sizes);
    for (std::size_t item = begin; item < end; ++item)
      neighbours[item] = row.neighbours(static_cast<std::int32_t>(item));
  });

  set_weights(transpose(csr_from_lists(std::move(neighbours))));
}

}  // namespace genre
