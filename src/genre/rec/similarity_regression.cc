#include "genre/rec/similarity_regression.h"

#include <cassert>
#include <utility>

#include "genre/base/thread_pool.h"
#include "genre/rec/tensors.h"

namespace genre {
namespace {

ItemKnnOptions neighbour_options(const SimilarityRegressionOptions& options) {
  ItemKnnOptions out;
  out.neighbours = options.neighbours;
  out.similarity = options.similarity;
  out.shrink = options.shrink;
  return out;
}

}  // namespace

void SimilarityRegressionOptions::fields(config::Fields& f) {
  f.integer("neighbours", neighbours, {.minimum = 1, .maximum = 1e6}, "most similar items that are looked at");
  f.choice("similarity", similarity, {"cosine", "adjusted_cosine", "jaccard"}, "how alike two items are, by ratings");
  f.number("shrink", shrink, {.minimum = 0, .maximum = 1e6},
           "added to the denominator of the similarity, against similarities that rest on few users");
  f.number("prior", prior, {.minimum = 0, .maximum = 1e6},
           "weight of the item's mean rating beside the neighbours, whose weights are similarities");
  f.number("learning_rate", learning_rate, {.minimum = 1e-4, .maximum = 0.99}, "share of the gradient that is a step");
  f.integer("epochs", epochs, {.minimum = 1, .maximum = 1e7}, "steps of gradient descent over all ratings");
  f.number("l2", l2, {.minimum = 0, .maximum = 1e9}, "L2 penalty on theta1");
}

std::unique_ptr<Recommender> SimilarityRegressionOptions::build() const {
  return std::make_unique<SimilarityRegression>(*this);
}

SimilarityRegression::SimilarityRegression(SimilarityRegressionOptions options)
    : options_(std::move(options)), neighbours_(neighbour_options(options_)) {}

void SimilarityRegression::fit(const TrainingData& data) {
  require_interactions(name(), data);
  const CsrMatrix& ratings = ratings_of(name(), data);
  neighbours_.fit({.interactions = ratings, .item_vectors = {}, .seed = data.seed});
  histories_ = {ratings, rating_scale(ratings, data.interactions)};
  item_means_ = item_means(ratings, histories_.scale().mean);

  constexpr std::int64_t kBlock = 64;  // moments are added up by block, whoever computed them
  std::vector<PairMoments> blocks((ratings.rows + kBlock - 1) / kBlock);
  global_pool().parallel_for(blocks.size(), 1, [&](std::size_t begin, std::size_t end, int) {
    std::vector<float> s(ratings.cols), weights(ratings.cols);
    for (std::size_t block = begin; block < end; ++block) {
      const std::int64_t first = static_cast<std::int64_t>(block) * kBlock;
      for (std::int64_t user = first; user < std::min(first + kBlock, ratings.rows); ++user) {
        const auto items = ratings.row_indices(user);
        const auto values = ratings.row_values(user);
        interpolate({items, values}, s, weights);
        for (std::size_t n = 0; n < items.size(); ++n) blocks[block].add(s[items[n]], values[n]);
      }
    }
  });
  PairMoments moments;
  for (const PairMoments& block : blocks) moments.add(block);
  const Line line =
      descend(moments, {.learning_rate = options_.learning_rate, .epochs = options_.epochs, .l2 = options_.l2});
  theta_ = {line.theta0, line.theta1};
}

void SimilarityRegression::interpolate(const RatedHistories::Rated& rated, std::span<float> out,
                                       std::span<float> weights) const {
  std::fill(out.begin(), out.end(), 0.0f);
  std::fill(weights.begin(), weights.end(), 0.0f);
  const CsrMatrix& similarities = neighbours_.weights();
  for (std::size_t h = 0; h < rated.items.size(); ++h) {
    const float value = rated.value(h, histories_.scale().liked);
    const auto to = similarities.row_indices(rated.items[h]);
    const auto similarity = similarities.row_values(rated.items[h]);
    for (std::size_t n = 0; n < to.size(); ++n) {
      out[to[n]] += similarity[n] * value;
      weights[to[n]] += similarity[n];
    }
  }
  const auto prior = static_cast<float>(options_.prior);
  for (std::size_t j = 0; j < out.size(); ++j)
    out[j] = weights[j] > 0 ? (out[j] + prior * item_means_[j]) / (weights[j] + prior) : item_means_[j];
}

void SimilarityRegression::score(std::span<const Query> queries, MatrixView scores) const {
  require_fitted(*this);
  assert(scores.rows() == static_cast<std::int64_t>(queries.size()) && scores.cols() == items());
  const auto theta0 = static_cast<float>(theta_[0]), theta1 = static_cast<float>(theta_[1]);
  std::vector<float> weights(items());
  for (std::size_t q = 0; q < queries.size(); ++q) {
    const auto out = scores.row(static_cast<std::int64_t>(q));
    interpolate(histories_.rated(queries[q]), out, weights);
    for (float& score : out) score = theta0 + theta1 * score;
  }
}

bool SimilarityRegression::personalises(const Query& query) const {
  return neighbours_.personalises({.history = histories_.rated(query).items});
}

void SimilarityRegression::save(SafetensorsWriter& out, const std::string& prefix) const {
  require_fitted(*this);
  neighbours_.save(out, prefix + "neighbours.");
  histories_.save(out, prefix + "ratings.");
  out.add(prefix + "item_means", std::span<const float>(item_means_), {items()});
  out.add(prefix + "theta", std::span<const double>(theta_), {2});
}

void SimilarityRegression::load(const SafetensorsFile& in, const std::string& prefix) {
  neighbours_.load(in, prefix + "neighbours.");
  histories_ = RatedHistories::load(in, prefix + "ratings.", items());
  const auto means = in.values<float>(prefix + "item_means", {items()});
  const auto theta = in.values<double>(prefix + "theta", {2});
  item_means_.assign(means.begin(), means.end());
  theta_.assign(theta.begin(), theta.end());
}

std::vector<ScoredIndex> SimilarityRegression::similar_items(std::int32_t item, int k) const {
  require_fitted(*this);
  return neighbours_.similar_items(item, k);
}

}  // namespace genre
