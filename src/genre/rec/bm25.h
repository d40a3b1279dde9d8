// Content-based recommendation by words: the history is a query to a search engine. Source: Robertson and Zaragoza,
// "The probabilistic relevance framework: BM25 and beyond", 2009.
#pragma once

#include "genre/rec/sparse_content.h"

namespace genre {

struct Bm25Options : RecommenderOptions {
  double k1 = 1.2;
  double b = 0.75;
  double decay = 1.0;
  std::string_view name() const override { return "bm25"; }
  void fields(config::Fields& f) override;
  std::unique_ptr<Recommender> build() const override;
  bool needs_item_texts() const override { return true; }
  std::int64_t fit_bytes(const DataSize& size) const override { return word_bytes(size); }
};

// As SparseContent with
//   y(i, w) = count(i, w) / words of i: every item asks with one voice, whatever its length
//   x(j, w) = idf(w) c (k1 + 1) / (c + k1 (1 - b + b words of j / mean words)), c = count(j, w)
//   idf(w)  = ln(1 + (T - n + 0.5) / (n + 0.5)), T items with text, n of them with w; never below 0
class Bm25 : public SparseContent {
 public:
  explicit Bm25(Bm25Options options) : SparseContent(options.decay), options_(options) {}
  std::string_view name() const override { return "bm25"; }

 protected:
  void tell(std::span<const std::int32_t> words, std::span<float> counts) const override;
  void offer(std::span<const std::int32_t> words, std::span<float> counts) const override;

 private:
  Bm25Options options_;
};

}  // namespace genre
