// First-order Markov chain: what came right after. Sources: Shani, Heckerman and Brafman, "An MDP-based recommender
// system", JMLR 2005; as a session baseline in Ludewig and Jannach, "Evaluation of session-based recommendation
// algorithms", UMUAI 2018.
#pragma once

#include "genre/rec/sparse_item_item.h"

namespace genre {

struct MarkovOptions : RecommenderOptions {
  double decay = 0.8;
  double shrink = 0;
  std::string_view name() const override { return "markov"; }
  void fields(config::Fields& f) override;
  std::unique_ptr<Recommender> build() const override;
  std::int64_t fit_bytes(const DataSize& size) const override {
    return 36 * size.interactions + 8 * size.users + 64 * size.items;
  }
};

// score of item j = sum over history items i of value(i) decay^age(i) P(j after i), age 0 for the newest, where
//   P(j after i) = transitions from i to j / (transitions from i + shrink)
// over each user's training interactions in the order of time; without times in the order of ids, which says little.
// decay 0: the newest item alone. The history of a query counts in the order given. The weights are the
// transitions as counted, so that more can be added. Memory: at most 8 bytes an interaction, and 12 I.
class Markov : public SparseItemItem, public UpdatesIncrementally {
 public:
  explicit Markov(MarkovOptions options) : options_(options) {}
  std::string_view name() const override { return "markov"; }
  void fit(const TrainingData& data) override;
  void load(const SafetensorsFile& in, const std::string& prefix) override;
  // Throws Error(kData) also without times.
  void update(const TrainingData& before, const TrainingData& more) override;

 protected:
  float history_weight(const Query& query, std::size_t position) const override;

 private:
  void set_transitions(CsrMatrix transitions);

  MarkovOptions options_;
  std::vector<float> totals_;  // I: transitions from the item
};

}  // namespace genre
