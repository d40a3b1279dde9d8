#include "genre/rec/ensemble.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>

#include "genre/base/error.h"
#include "genre/rec/registry.h"
#include "genre/rec/tensors.h"

namespace genre {
namespace {

constexpr double kRankOffset = 60;  // of Cormack et al.

const EnsembleMember& member(const std::shared_ptr<config::NamedOptions>& options) {
  const auto* const out = dynamic_cast<const EnsembleMember*>(options.get());
  assert(out != nullptr);
  return *out;
}

std::vector<config::Alternative> member_alternatives() {
  std::vector<config::Alternative> out;
  for (const RecommenderType& type : recommender_types())
    out.push_back({type.name, type.doc, [make = type.make]() -> std::shared_ptr<config::NamedOptions> {
                     return std::make_shared<EnsembleMember>(make());
                   }});
  return out;
}

std::shared_ptr<config::NamedOptions> member_of(const std::string& name) {
  return std::make_shared<EnsembleMember>(make_recommender_options(name));
}

void by_rank(std::span<float> row, const std::vector<std::int32_t>& scored) {
  std::vector<std::int32_t> order = scored;
  std::stable_sort(order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) { return row[a] > row[b]; });
  for (std::size_t r = 0; r < order.size(); ++r)
    row[order[r]] = static_cast<float>(1 / (kRankOffset + static_cast<double>(r) + 1));
}

// Brings the scores that are not masked to one scale and gives the masked ones the lowest of it.
void rescale(const std::string& scale, std::span<float> row) {
  std::vector<std::int32_t> scored;
  for (std::size_t i = 0; i < row.size(); ++i)
    if (row[i] != kMasked) scored.push_back(static_cast<std::int32_t>(i));
  if (scored.empty()) return;
  if (scale == "reciprocal_rank") {
    by_rank(row, scored);
  } else {
    double sum = 0, squares = 0, low = row[scored.front()], high = low;
    for (const std::int32_t i : scored) {
      const double score = row[i];
      sum += score;
      squares += score * score;
      low = std::min(low, score);
      high = std::max(high, score);
    }
    const auto count = static_cast<double>(scored.size());
    const double mean = sum / count, deviation = std::sqrt(std::max(0.0, squares / count - mean * mean));
    const double from = scale == "standard" ? mean : low, range = scale == "standard" ? deviation : high - low;
    for (const std::int32_t i : scored) row[i] = range > 0 ? static_cast<float>((row[i] - from) / range) : 0.0f;
  }
  float lowest = row[scored.front()];
  for (const std::int32_t i : scored) lowest = std::min(lowest, row[i]);
  for (float& score : row)
    if (score == kMasked) score = lowest;
}

}  // namespace

void EnsembleMember::fields(config::Fields& f) {
  model->fields(f);
  f.number("weight", weight, {.minimum = 0, .maximum = 1e6}, "how much this member counts");
}

EnsembleOptions::EnsembleOptions() : members{member_of("item_knn"), member_of("ease")} {}

void EnsembleOptions::fields(config::Fields& f) {
  f.named_list("members", members, member_alternatives, "the models, each with its parameters and a weight");
  f.choice("scale", scale, {"standard", "min_max", "reciprocal_rank"}, "how scores are brought to one scale");
}

std::unique_ptr<Recommender> EnsembleOptions::build() const {
  if (members.empty())
    throw Error(ErrorCode::kConfig, "the ensemble has no members", "add [[model.members]] tables",
                {.key = "model.members"});
  std::vector<Ensemble::Part> parts;
  for (const auto& options : members) parts.push_back({member(options).model->build(), member(options).weight});
  return std::make_unique<Ensemble>(std::move(parts), scale);
}

bool EnsembleOptions::needs_item_vectors() const {
  return std::any_of(members.begin(), members.end(),
                     [](const auto& m) { return member(m).model->needs_item_vectors(); });
}

bool EnsembleOptions::needs_item_texts() const {
  return std::any_of(members.begin(), members.end(), [](const auto& m) { return member(m).model->needs_item_texts(); });
}

std::string EnsembleOptions::outside() const {
  std::string out;
  for (const auto& options : members) out += member(options).model->outside();
  return out;
}

void EnsembleOptions::connect(std::shared_ptr<const LanguageModels> models) {
  for (const auto& options : members) member(options).model->connect(models);
}

std::int64_t EnsembleOptions::fit_bytes(const DataSize& size) const {
  return std::accumulate(members.begin(), members.end(), std::int64_t{0},
                         [&](std::int64_t sum, const auto& m) { return sum + member(m).model->fit_bytes(size); });
}

void Ensemble::fit(const TrainingData& data) {
  for (Part& part : parts_) part.model->fit(data);
}

void Ensemble::score(std::span<const Query> queries, MatrixView scores) const {
  require_fitted(*this);
  Matrix sums(scores.rows(), scores.cols()), own(scores.rows(), scores.cols());
  std::vector<std::uint8_t> scored(static_cast<std::size_t>(scores.rows() * scores.cols()), 0);
  std::vector<std::uint8_t> personal(queries.size());
  for (std::size_t q = 0; q < queries.size(); ++q) personal[q] = personalises(queries[q]) ? 1 : 0;
  for (const Part& part : parts_) {
    part.model->score(queries, own.view());
    for (std::size_t q = 0; q < queries.size(); ++q) {
      if (personal[q] != 0 && !part.model->personalises(queries[q])) continue;
      const auto row = own.row(static_cast<std::int64_t>(q)), sum = sums.row(static_cast<std::int64_t>(q));
      std::uint8_t* const known = scored.data() + static_cast<std::int64_t>(q) * scores.cols();
      for (std::size_t i = 0; i < row.size(); ++i)
        if (row[i] != kMasked) known[i] = 1;
      rescale(scale_, row);
      for (std::size_t i = 0; i < row.size(); ++i)
        if (row[i] != kMasked) sum[i] += static_cast<float>(part.weight) * row[i];
    }
  }
  for (std::int64_t q = 0; q < scores.rows(); ++q) {
    const auto out = scores.row(q), sum = sums.row(q);
    for (std::int64_t i = 0; i < scores.cols(); ++i) out[i] = scored[q * scores.cols() + i] != 0 ? sum[i] : kMasked;
  }
}

bool Ensemble::personalises(const Query& query) const {
  return std::any_of(parts_.begin(), parts_.end(),
                     [&](const Part& part) { return part.weight > 0 && part.model->personalises(query); });
}

bool Ensemble::remembers_users() const {
  return std::any_of(parts_.begin(), parts_.end(), [](const Part& part) { return part.model->remembers_users(); });
}

std::int64_t Ensemble::items() const {
  const std::int64_t first = parts_.front().model->items();
  return std::all_of(parts_.begin(), parts_.end(), [&](const Part& part) { return part.model->items() == first; })
             ? first
             : 0;
}

void Ensemble::save(SafetensorsWriter& out, const std::string& prefix) const {
  require_fitted(*this);
  for (std::size_t m = 0; m < parts_.size(); ++m) parts_[m].model->save(out, fmt::format("{}members.{}.", prefix, m));
}

void Ensemble::load(const SafetensorsFile& in, const std::string& prefix) {
  for (std::size_t m = 0; m < parts_.size(); ++m) {
    parts_[m].model->load(in, fmt::format("{}members.{}.", prefix, m));
    if (parts_[m].model->items() != parts_.front().model->items())
      throw Error(ErrorCode::kData,
                  fmt::format("member {} knows {} items, the first {}", m, parts_[m].model->items(),
                              parts_.front().model->items()),
                  "train the model again", {.file = in.path().string()});
  }
}

}  // namespace genre
