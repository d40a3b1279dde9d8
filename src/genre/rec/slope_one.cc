#include "genre/rec/slope_one.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <utility>

#include "genre/base/error.h"
#include "genre/base/thread_pool.h"
#include "genre/rec/csr_tensors.h"
#include "genre/rec/tensors.h"
#include "genre/rec/updates.h"

namespace genre {
namespace {

struct Pair {
  std::int32_t other;
  float difference, count;
};

// Dense scratch that is all zero between calls.
class PairRow {
 public:
  PairRow(const CsrMatrix& by_user, const CsrMatrix& by_item)
      : by_user_(by_user), by_item_(by_item), sums_(by_item.rows, 0.0), counts_(by_item.rows, 0) {}

  std::vector<Pair> of(std::int32_t item, int min_support) {
    touched_.clear();
    const auto users = by_item_.row_indices(item);
    const auto own = by_item_.row_values(item);
    for (std::size_t u = 0; u < users.size(); ++u) {
      const auto items = by_user_.row_indices(users[u]);
      const auto values = by_user_.row_values(users[u]);
      for (std::size_t n = 0; n < items.size(); ++n) {
        if (counts_[items[n]]++ == 0) touched_.push_back(items[n]);
        sums_[items[n]] += static_cast<double>(values[n]) - own[u];
      }
    }
    std::sort(touched_.begin(), touched_.end());
    std::vector<Pair> out;
    out.reserve(touched_.size());
    for (const std::int32_t other : touched_) {
      const double sum = std::exchange(sums_[other], 0.0);
      const std::int32_t count = std::exchange(counts_[other], 0);
      if (other != item && count >= min_support)
        out.push_back({other, static_cast<float>(sum / count), static_cast<float>(count)});
    }
    return out;
  }

 private:
  const CsrMatrix& by_user_;
  const CsrMatrix& by_item_;
  std::vector<double> sums_;
  std::vector<std::int32_t> counts_, touched_;
};

}  // namespace

void SlopeOneOptions::fields(config::Fields& f) {
  f.integer("min_support", min_support, {.minimum = 1, .maximum = 1e9},
            "users who must have rated both items of a pair");
}

std::unique_ptr<Recommender> SlopeOneOptions::build() const { return std::make_unique<SlopeOne>(*this); }

void SlopeOne::fit(const TrainingData& data) {
  require_interactions(name(), data);
  const CsrMatrix& by_user = ratings_of(name(), data);
  const CsrMatrix by_item = transpose(by_user);
  const std::int64_t items = by_item.rows;
  std::vector<std::vector<Pair>> rows(items);
  global_pool().parallel_for(items, 16, [&](std::size_t begin, std::size_t end, int) {
    PairRow row(by_user, by_item);
    for (std::size_t item = begin; item < end; ++item)
      rows[item] = row.of(static_cast<std::int32_t>(item), options_.min_support);
  });
  std::size_t pairs = 0;
  for (const auto& row : rows) pairs += row.size();
  CsrMatrix differences;
  differences.rows = differences.cols = items;
  std::vector<float> counts;
  differences.indices.reserve(pairs);
  differences.values.reserve(pairs);
  counts.reserve(pairs);
  for (auto& row : rows) {
    for (const auto& [other, difference, count] : row) {
      differences.indices.push_back(other);
      differences.values.push_back(difference);
      counts.push_back(count);
    }
    differences.offsets.push_back(static_cast<std::int64_t>(differences.indices.size()));
    std::vector<Pair>().swap(row);
  }
  learn_scale(by_user, data.interactions);
  differences_ = std::move(differences);
  counts_ = std::move(counts);
}

void SlopeOne::learn_scale(const CsrMatrix& ratings, const CsrMatrix& interactions) {
  histories_ = {ratings, rating_scale(ratings, interactions)};
  item_means_ = item_means(ratings, histories_.scale().mean);
}

void SlopeOne::update(const TrainingData& before, const TrainingData& more) {
  require_update(*this, before, more);
  if (options_.min_support > 1)
    throw Error(ErrorCode::kData,
                fmt::format("slope_one has dropped pairs of fewer than {} users, which may come to count",
                            options_.min_support),
                "train again on all events, or set min_support = 1", {.key = "model.min_support"});
  const CsrMatrix& known = ratings_of(name(), before);
  const CsrMatrix& fresh = more.ratings == nullptr ? more.interactions : *more.ratings;
  std::vector<Triplet> differences, counts;
  const auto add = [&](std::int32_t from, float value, std::int32_t to, float other) {
    differences.push_back({from, to, other - value});
    differences.push_back({to, from, value - other});
    counts.push_back({from, to, 1.0f});
    counts.push_back({to, from, 1.0f});
  };
  for (std::int64_t user = 0; user < fresh.rows; ++user) {
    const auto items = fresh.row_indices(user), old = known.row_indices(user);
    const auto values = fresh.row_values(user), old_values = known.row_values(user);
    for (std::size_t n = 0; n < items.size(); ++n) {
      for (std::size_t o = 0; o < old.size(); ++o) add(old[o], old_values[o], items[n], values[n]);
      for (std::size_t o = 0; o < n; ++o) add(items[o], values[o], items[n], values[n]);
    }
  }
  const std::int64_t size = items();
  const CsrMatrix fresh_sums = csr_from_triplets(size, size, std::move(differences)),
                  fresh_counts = csr_from_triplets(size, size, std::move(counts));
  CsrMatrix old_counts = differences_, nothing = fresh_sums;
  old_counts.values = counts_;
  std::fill(nothing.values.begin(), nothing.values.end(), 0.0f);
  CsrMatrix all = sum_of(differences_, nothing), all_counts = sum_of(old_counts, fresh_counts);
  for (std::int64_t item = 0; item < size; ++item) {
    std::int64_t at = all.offsets[item];
    for (std::int64_t n = fresh_sums.offsets[item]; n < fresh_sums.offsets[item + 1]; ++n) {
      while (all.indices[at] != fresh_sums.indices[n]) ++at;
      all.values[at] += (fresh_sums.values[n] - fresh_counts.values[n] * all.values[at]) / all_counts.values[at];
    }
  }
  learn_scale(sum_of(known, fresh), sum_of(before.interactions, more.interactions));
  differences_ = std::move(all);
  counts_ = std::move(all_counts.values);
}

void SlopeOne::score(std::span<const Query> queries, MatrixView scores) const {
  require_fitted(*this);
  assert(scores.rows() == static_cast<std::int64_t>(queries.size()) && scores.cols() == items());
  std::vector<float> weights(items());
  for (std::size_t q = 0; q < queries.size(); ++q) {
    const auto out = scores.row(static_cast<std::int64_t>(q));
    std::fill(out.begin(), out.end(), 0.0f);
    std::fill(weights.begin(), weights.end(), 0.0f);
    const auto rated = histories_.rated(queries[q]);
    for (std::size_t h = 0; h < rated.items.size(); ++h) {
      const float value = rated.value(h, histories_.scale().liked);
      const std::int64_t first = differences_.offsets[rated.items[h]], last = differences_.offsets[rated.items[h] + 1];
      for (std::int64_t n = first; n < last; ++n) {
        out[differences_.indices[n]] += counts_[n] * (value + differences_.values[n]);
        weights[differences_.indices[n]] += counts_[n];
      }
    }
    for (std::size_t j = 0; j < out.size(); ++j) out[j] = weights[j] > 0 ? out[j] / weights[j] : item_means_[j];
  }
}

bool SlopeOne::personalises(const Query& query) const {
  const auto rated = histories_.rated(query);
  return std::any_of(rated.items.begin(), rated.items.end(),
                     [&](std::int32_t item) { return !differences_.row_indices(item).empty(); });
}

void SlopeOne::save(SafetensorsWriter& out, const std::string& prefix) const {
  require_fitted(*this);
  save_csr(out, prefix + "differences.", differences_);
  out.add(prefix + "counts", std::span<const float>(counts_), {differences_.nonzeros()});
  out.add(prefix + "item_means", std::span<const float>(item_means_), {items()});
  histories_.save(out, prefix + "ratings.");
}

void SlopeOne::load(const SafetensorsFile& in, const std::string& prefix) {
  CsrMatrix differences = read_csr(in, prefix + "differences.");
  const auto counts = in.values<float>(prefix + "counts", {differences.nonzeros()});
  const auto means = in.values<float>(prefix + "item_means", {differences.rows});
  histories_ = RatedHistories::load(in, prefix + "ratings.", differences.rows);
  counts_.assign(counts.begin(), counts.end());
  item_means_.assign(means.begin(), means.end());
  differences_ = std::move(differences);
}

}  // namespace genre
