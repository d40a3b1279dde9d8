#include "genre/rec/markov.h"

#include <fmt/format.h>

#include <utility>

#include "genre/base/error.h"
#include "genre/rec/csr_tensors.h"
#include "genre/rec/history_decay.h"
#include "genre/rec/sequences.h"
#include "genre/rec/tensors.h"
#include "genre/rec/updates.h"

namespace genre {

void MarkovOptions::fields(config::Fields& f) {
  f.number("decay", decay, {.minimum = 0, .maximum = 1},
           "weight of a history item relative to the next newer one; 0: the newest alone");
  f.number("shrink", shrink, {.minimum = 0, .maximum = 1e6},
           "added to the transitions from an item, against probabilities that rest on few");
}

std::unique_ptr<Recommender> MarkovOptions::build() const { return std::make_unique<Markov>(*this); }

float Markov::history_weight(const Query& query, std::size_t position) const {
  const float total = totals_[query.history[position]];
  if (total == 0) return 0;
  return static_cast<float>(decayed_value(query, position, options_.decay) / (total + options_.shrink));
}

void Markov::set_transitions(CsrMatrix transitions) {
  totals_.assign(transitions.rows, 0.0f);
  for (std::int64_t item = 0; item < transitions.rows; ++item)
    for (const float count : transitions.row_values(item)) totals_[item] += count;
  set_weights(std::move(transitions));
}

void Markov::load(const SafetensorsFile& in, const std::string& prefix) { set_transitions(read_csr(in, prefix)); }

void Markov::fit(const TrainingData& data) {
  require_interactions(name(), data);
  std::vector<Triplet> pairs;
  {
    const Sequences sequences = time_ordered(data);
    pairs.reserve(sequences.items.size());
    for (std::int64_t user = 0; user < sequences.users(); ++user) {
      const auto row = sequences.of(user);
      for (std::size_t n = 1; n < row.size(); ++n) pairs.push_back({row[n - 1], row[n], 1.0f});
    }
  }
  set_transitions(csr_from_triplets(data.interactions.cols, data.interactions.cols, std::move(pairs)));
}

void Markov::update(const TrainingData& before, const TrainingData& more) {
  require_update(*this, before, more);
  if (before.times.empty())
    throw Error(ErrorCode::kData, "markov cannot tell without times what came after the events that it knows",
                "train again on all events");
  const Sequences sequences = time_ordered(more);
  std::vector<Triplet> pairs;
  for (std::int64_t user = 0; user < sequences.users(); ++user) {
    const auto row = sequences.of(user);
    if (row.empty()) continue;
    const auto known = before.interactions.row_indices(user);
    std::size_t last = 0;  // of the events before; equal times in the order of ids
    const auto time = [&](std::size_t n) {
      return before.times[before.interactions.offsets[user] + static_cast<std::int64_t>(n)];
    };
    for (std::size_t n = 1; n < known.size(); ++n)
      if (time(n) >= time(last)) last = n;
    if (!known.empty()) {
      if (sequences.times[sequences.offsets[user]] <= time(last))
        throw Error(ErrorCode::kData,
                    fmt::format("user {} has events in the update that are not later than those before", user),
                    "train again on all events");
      pairs.push_back({known[last], row[0], 1.0f});
    }
    for (std::size_t n = 1; n < row.size(); ++n) pairs.push_back({row[n - 1], row[n], 1.0f});
  }
  set_transitions(sum_of(weights(), csr_from_triplets(items(), items(), std::move(pairs))));
}

}  // namespace genre
