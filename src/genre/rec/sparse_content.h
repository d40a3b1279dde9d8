// What the content models over words share: item texts as sparse counts, a profile from the history and from what is
// said, and scores by an inverted index.
#pragma once

#include <string>
#include <vector>

#include "genre/rec/recommender.h"
#include "genre/rec/vocabulary.h"
#include "genre/rec/word_counts.h"

namespace genre {

// score of item j = profile . x_j, the profile being the history in words, of unit length:
//   unit(y_q + sum over history items i of value(i) decay^age(i) y_i), age 0 for the newest
// where y_i is what an item tells of its reader, y_q what an item of the query's words would, and x_j what it offers, V
// wide, from the model. A word that no item has counts as not said. kMasked for items without words. Items need no
// interactions. Time of a query: over the words of its history, and of its own, the number of items that have them.
// Memory: 16 bytes a word of an item, and the words.
class SparseContent : public Recommender, public Explains, public FindsSimilarItems {
 public:
  // Throws Error(kData) where items have no words.
  void fit(const TrainingData& data) override;
  void score(std::span<const Query> queries, MatrixView scores) const override;
  bool personalises(const Query& query) const override;
  std::int64_t items() const override { return profiles_.rows; }
  void save(SafetensorsWriter& out, const std::string& prefix) const override;
  void load(const SafetensorsFile& in, const std::string& prefix) override;
  std::vector<ScoredIndex> explain(const Query& query, std::int32_t item, int count) const override;
  std::vector<ScoredIndex> similar_items(std::int32_t item, int k) const override;  // scores of a history of one

 protected:
  explicit SparseContent(double decay) : decay_(decay) {}
  // The row y of a text, in place of how often it has each of these different words.
  virtual void tell(std::span<const std::int32_t> words, std::span<float> counts) const = 0;
  // The row x of an item likewise. Called in fit alone.
  virtual void offer(std::span<const std::int32_t> words, std::span<float> counts) const = 0;
  const WordStatistics& statistics() const { return statistics_; }  // of the items; mean_length in fit alone

 private:
  void score_one(const Query& query, std::span<float> out) const;

  double decay_;
  WordStatistics statistics_;
  CsrMatrix profiles_;  // I x V, rows y
  CsrMatrix index_;     // V x I, columns x
  Vocabulary words_;
};

}  // namespace genre
