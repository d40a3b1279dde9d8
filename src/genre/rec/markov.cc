#include "genre/rec/markov.h"

#include <utility>

#include "genre/rec/history_decay.h"
#include "genre/rec/sequences.h"
#include "genre/rec/tensors.h"

namespace genre {

void MarkovOptions::fields(config::Fields& f) {
  f.number("decay", decay, {.minimum = 0, .maximum = 1},
           "weight of a history item relative to the next newer one; 0: the newest alone");
  f.number("shrink", shrink, {.minimum = 0, .maximum = 1e6},
           "added to the transitions from an item, against probabilities that rest on few");
}

std::unique_ptr<Recommender> MarkovOptions::build() const { return std::make_unique<Markov>(*this); }

float Markov::history_weight(const Query& query, std::size_t position) const {
  return decayed_value(query, position, options_.decay);
}

void Markov::fit(const TrainingData& data) {
  require_interactions(name(), data);
  const std::int64_t items = data.interactions.cols;
  CsrMatrix transitions;
  {
    const Sequences sequences = time_ordered(data);
    std::vector<Triplet> pairs;
    pairs.reserve(sequences.items.size());
    for (std::int64_t user = 0; user < sequences.users(); ++user) {
      const auto row = sequences.of(user);
      for (std::size_t n = 1; n < row.size(); ++n) pairs.push_back({row[n - 1], row[n], 1.0f});
    }
    transitions = csr_from_triplets(items, items, std::move(pairs));
  }
  for (std::int64_t item = 0; item < items; ++item) {
    double total = options_.shrink;
    for (const float count : transitions.row_values(item)) total += count;
    for (std::int64_t n = transitions.offsets[item]; n < transitions.offsets[item + 1]; ++n)
      transitions.values[n] = static_cast<float>(transitions.values[n] / total);
  }
  set_weights(std::move(transitions));
}

}  // namespace genre
