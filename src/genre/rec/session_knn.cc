#include "genre/rec/session_knn.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <utility>

#include "genre/rec/csr_tensors.h"
#include "genre/rec/history_decay.h"
#include "genre/rec/sequences.h"
#include "genre/rec/sparse_item_item.h"
#include "genre/rec/tensors.h"

namespace genre {
namespace {

struct Session {
  std::int64_t first, last;  // positions in Sequences::items
};

// The oldest first.
std::vector<Session> sessions_of(const Sequences& sequences, double gap_minutes) {
  std::vector<Session> out;
  const bool timed = !sequences.times.empty();
  for (std::int64_t user = 0; user < sequences.users(); ++user) {
    std::int64_t first = sequences.offsets[user];
    const std::int64_t last = sequences.offsets[user + 1];
    for (std::int64_t n = first + 1; timed && gap_minutes > 0 && n < last; ++n) {
      const double minutes =
          (static_cast<double>(sequences.times[n]) - static_cast<double>(sequences.times[n - 1])) / 60'000;
      if (minutes <= gap_minutes) continue;
      out.push_back({first, n});
      first = n;
    }
    if (first < last) out.push_back({first, last});
  }
  if (timed)
    std::stable_sort(out.begin(), out.end(), [&](const Session& a, const Session& b) {
      return sequences.times[a.last - 1] < sequences.times[b.last - 1];
    });
  return out;
}

}  // namespace

void SessionKnnOptions::fields(config::Fields& f) {
  f.integer("neighbours", neighbours, {.minimum = 1, .maximum = 1e6}, "most similar sessions that speak");
  f.integer("sample_size", sample_size, {.minimum = 0, .maximum = 1e9},
            "latest sessions sharing an item that are looked at; 0: all");
  f.number("decay", decay, {.minimum = 0, .maximum = 1},
           "weight of a history item relative to the next newer one; 1: age does not matter");
  f.number("session_gap_minutes", session_gap_minutes, {.minimum = 0, .maximum = 1e9},
           "minutes without an interaction that end a session; 0: a user is one session");
}

std::unique_ptr<Recommender> SessionKnnOptions::build() const { return std::make_unique<SessionKnn>(*this); }

void SessionKnn::fit(const TrainingData& data) {
  require_interactions(name(), data);
  const Sequences sequences = time_ordered(data);
  CsrMatrix sessions;
  sessions.cols = data.interactions.cols;
  sessions.indices.reserve(sequences.items.size());
  for (const auto& [first, last] : sessions_of(sequences, options_.session_gap_minutes)) {
    const auto begin = static_cast<std::ptrdiff_t>(sessions.indices.size());
    sessions.indices.insert(sessions.indices.end(), sequences.items.begin() + first, sequences.items.begin() + last);
    std::sort(sessions.indices.begin() + begin, sessions.indices.end());
    sessions.offsets.push_back(static_cast<std::int64_t>(sessions.indices.size()));
  }
  sessions.rows = static_cast<std::int64_t>(sessions.offsets.size()) - 1;
  sessions.values.assign(sessions.indices.size(), 1.0f);
  sessions_ = std::move(sessions);
  index_ = transpose(sessions_);
}

std::vector<float> SessionKnn::history_weights(const Query& query) const {
  std::vector<float> out(query.history.size());
  for (std::size_t h = 0; h < out.size(); ++h) out[h] = decayed_value(query, h, options_.decay);
  return out;
}

std::vector<ScoredIndex> SessionKnn::nearest(const Query& query, std::span<const float> weights) const {
  double squares = 0;
  for (const float weight : weights) squares += static_cast<double>(weight) * weight;
  std::vector<ScoredIndex> out;
  for (const Overlap& overlap : overlaps(index_, query.history, weights, options_.sample_size)) {
    const auto size = static_cast<std::int32_t>(sessions_.row_indices(overlap.row).size());
    if (overlap.common == size || overlap.product <= 0) continue;
    out.push_back({overlap.row, static_cast<float>(overlap.product / std::sqrt(squares * size))});
  }
  keep_best(out, options_.neighbours);
  return out;
}

void SessionKnn::score(std::span<const Query> queries, MatrixView scores) const {
  require_fitted(*this);
  assert(scores.rows() == static_cast<std::int64_t>(queries.size()) && scores.cols() == items());
  for (std::size_t q = 0; q < queries.size(); ++q) {
    const auto out = scores.row(static_cast<std::int64_t>(q));
    std::fill(out.begin(), out.end(), 0.0f);
    add_rows(sessions_, nearest(queries[q], history_weights(queries[q])), out);
  }
}

bool SessionKnn::personalises(const Query& query) const {
  return std::any_of(query.history.begin(), query.history.end(),
                     [&](std::int32_t item) { return !index_.row_indices(item).empty(); });
}

void SessionKnn::save(SafetensorsWriter& out, const std::string& prefix) const {
  require_fitted(*this);
  out.add(prefix + "item_offsets", std::span<const std::int64_t>(index_.offsets), {items() + 1});
  save_csr(out, prefix, sessions_);
}

void SessionKnn::load(const SafetensorsFile& in, const std::string& prefix) {
  const auto item_offsets = in.values<std::int64_t>(prefix + "item_offsets", {-1});
  CsrMatrix sessions = read_csr(in, prefix, static_cast<std::int64_t>(item_offsets.size()) - 1);
  CsrMatrix index = transpose(sessions);
  if (!std::equal(item_offsets.begin(), item_offsets.end(), index.offsets.begin(), index.offsets.end()))
    bad_tensor(in, prefix + "item_offsets", "does not fit the sessions");
  sessions_ = std::move(sessions);
  index_ = std::move(index);
}

std::vector<ScoredIndex> SessionKnn::explain(const Query& query, std::int32_t item, int count) const {
  require_fitted(*this);
  const auto weights = history_weights(query);
  return best_positive(shares_of_history(sessions_, index_, nearest(query, weights), query.history, weights, item),
                       count);
}

}  // namespace genre
