#include "genre/rec/lm_content.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <utility>

#include "genre/rec/tensors.h"

namespace genre {

void LmContentOptions::fields(config::Fields& f) {
  f.flag("centre", centre, "take away what the vectors of all items have in common");
  f.number("decay", decay, {.minimum = 0, .maximum = 1},
           "weight of a history item relative to the next newer one; 1: age does not matter");
  f.number("text_share", text_share, {.minimum = 0, .maximum = 1},
           "share of the words in the profile of somebody who has both words and history");
}

std::unique_ptr<Recommender> LmContentOptions::build() const { return std::make_unique<LmContent>(*this); }

void LmContent::fit(const TrainingData& data) {
  require_item_vectors(name(), data);
  items_ = centre_vectors(data.item_vectors, options_.centre);
  packed_ = PackedMatrix::pack(items_.vectors, /*transposed=*/true);
}

float LmContent::history_weight(const Query& query, std::size_t position) const {
  const auto age = static_cast<double>(query.history.size() - 1 - position);
  const double value = query.history_values.empty() ? 1.0 : query.history_values[position];
  return static_cast<float>(value * std::pow(options_.decay, age));
}

void LmContent::profile(const Query& query, std::span<float> out) const {
  const auto width = static_cast<std::int64_t>(out.size());
  std::fill(out.begin(), out.end(), 0.0f);
  for (std::size_t h = 0; h < query.history.size(); ++h)
    add_scaled(history_weight(query, h), items_.vectors.row(query.history[h]).data(), out.data(), width);
  scale_to_unit(out);
  if (query.text.empty()) return;
  require_text_width(query, width);
  std::vector<float> text(query.text.begin(), query.text.end());
  for (std::size_t d = 0; d < text.size(); ++d) text[d] -= items_.mean[d];
  scale_to_unit(text);
  const bool has_history = std::any_of(out.begin(), out.end(), [](float x) { return x != 0; });
  const auto share = has_history ? static_cast<float>(options_.text_share) : 1.0f;
  for (std::size_t d = 0; d < text.size(); ++d) out[d] = (1 - share) * out[d] + share * text[d];
  scale_to_unit(out);
}

void LmContent::score_profiles(ConstMatrixView profiles, MatrixView scores) const {
  multiply_serial(profiles.data(), profiles.rows(), profiles.cols(), packed_, scores.data(), scores.cols());
  for (std::int64_t q = 0; q < scores.rows(); ++q) {
    const auto row = scores.row(q);
    for (std::size_t i = 0; i < row.size(); ++i)
      if (items_.has_text[i] == 0) row[i] = kMasked;
  }
}

void LmContent::score(std::span<const Query> queries, MatrixView scores) const {
  require_fitted(*this);
  assert(scores.rows() == static_cast<std::int64_t>(queries.size()) && scores.cols() == items());
  Matrix profiles(static_cast<std::int64_t>(queries.size()), items_.vectors.cols());
  for (std::size_t q = 0; q < queries.size(); ++q) profile(queries[q], profiles.row(static_cast<std::int64_t>(q)));
  score_profiles(profiles, scores);
}

bool LmContent::personalises(const Query& query) const {
  return !query.text.empty() || std::any_of(query.history.begin(), query.history.end(),
                                            [&](std::int32_t item) { return items_.has_text[item] != 0; });
}

void LmContent::save(SafetensorsWriter& out, const std::string& prefix) const {
  require_fitted(*this);
  const std::int64_t width = items_.vectors.cols();
  out.add(prefix + "vectors", items_.vectors.values(), {items(), width});
  out.add(prefix + "mean", std::span<const float>(items_.mean), {width});
  out.add(prefix + "has_text", std::span<const std::uint8_t>(items_.has_text), {items()});
}

void LmContent::load(const SafetensorsFile& in, const std::string& prefix) {
  CentredVectors items;
  items.vectors = read_matrix(in, prefix + "vectors");
  const auto mean = in.values<float>(prefix + "mean", {items.vectors.cols()});
  items.mean.assign(mean.begin(), mean.end());
  const auto has_text = in.values<std::uint8_t>(prefix + "has_text", {items.vectors.rows()});
  items.has_text.assign(has_text.begin(), has_text.end());
  items_ = std::move(items);
  packed_ = PackedMatrix::pack(items_.vectors, /*transposed=*/true);
}

std::vector<ScoredIndex> LmContent::explain(const Query& query, std::int32_t item, int count) const {
  require_fitted(*this);
  const auto vector = std::as_const(items_.vectors).row(item);
  std::vector<ScoredIndex> shares;
  for (std::size_t h = 0; h < query.history.size(); ++h) {
    const float cosine =
        dot(items_.vectors.row(query.history[h]).data(), vector.data(), static_cast<std::int64_t>(vector.size()));
    shares.push_back({query.history[h], history_weight(query, h) * cosine});
  }
  return best_positive(std::move(shares), count);
}

std::vector<ScoredIndex> LmContent::similar_items(std::int32_t item, int k) const {
  require_fitted(*this);
  if (items_.has_text[item] == 0) return {};
  std::vector<float> scores(items());
  score_profiles({items_.vectors.row(item).data(), 1, items_.vectors.cols()}, {scores.data(), 1, items()});
  scores[item] = kMasked;
  return top_k(scores, k);
}

}  // namespace genre
