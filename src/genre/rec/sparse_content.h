// What the content models over words share: item texts as sparse counts, a profile from the history, and scores by an
// inverted index.
#pragma once

#include <string>
#include <vector>

#include "genre/rec/recommender.h"
#include "genre/rec/word_counts.h"

namespace genre {

// score of item j = profile . x_j, the profile being the history in words, of unit length:
//   unit(sum over history items i of value(i) decay^age(i) y_i), age 0 for the newest
// where y_i is what an item tells of its reader and x_j what it offers, V wide, from the model. kMasked for items
// without words. Items need no interactions. A word given by a stranger is not known: queries carry no words, only
// vectors. Time of a query: over the words of its history the number of items that have them. Memory: 16 bytes a word
// of an item.
class SparseContent : public Recommender, public Explains, public FindsSimilarItems {
 public:
  void score(std::span<const Query> queries, MatrixView scores) const override;
  bool personalises(const Query& query) const override;
  std::int64_t items() const override { return profiles_.rows; }
  void save(SafetensorsWriter& out, const std::string& prefix) const override;
  void load(const SafetensorsFile& in, const std::string& prefix) override;
  std::vector<ScoredIndex> explain(const Query& query, std::int32_t item, int count) const override;
  std::vector<ScoredIndex> similar_items(std::int32_t item, int k) const override;  // scores of a history of one

 protected:
  explicit SparseContent(double decay) : decay_(decay) {}
  void set_items(CsrMatrix profiles, const CsrMatrix& offers);  // both I x V

 private:
  void score_one(const Query& query, std::span<float> out) const;

  double decay_;
  CsrMatrix profiles_;  // I x V, rows y
  CsrMatrix index_;     // V x I, columns x
};

}  // namespace genre
