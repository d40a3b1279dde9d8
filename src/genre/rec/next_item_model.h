// What models that read a history and say which item comes next are, once they are trained: item vectors, and a
// network that makes a state of the history's.
#pragma once

#include <memory>

#include "genre/linalg/gemm.h"
#include "genre/linalg/product_search.h"
#include "genre/rec/reader_plan.h"
#include "genre/rec/recommender.h"

namespace genre {

class NextItemModel {
 public:
  NextItemModel() = default;
  // Items are I x D; one whose vector is all zeros has nothing that speaks for it and is masked. The newest `length` of
  // a history are read.
  NextItemModel(Matrix items, neural::Parameters parameters, std::unique_ptr<neural::HistoryReader> reader,
                std::int64_t length);

  // score of item j = state . item vector j, where the state is that of the newest history item, or of a mask behind it
  // where the reader has one, which takes the room of one item. Row q of `leading` (Q x D, or no rows) stands in front
  // of the history of query q, unless it is zeros. Rows of queries with neither are those of a zero state. Thread-safe;
  // one thread.
  void score(std::span<const Query> queries, ConstMatrixView leading, MatrixView scores) const;
  // The best of what score gives this query.
  std::vector<ScoredIndex> find_best(const Query& query, ConstMatrixView leading, const RankOptions& options) const;
  std::vector<ScoredIndex> similar_items(std::int32_t item, int k) const;  // by cosine

  std::int64_t items() const { return vectors_.rows(); }
  const Matrix& vectors() const { return vectors_; }  // I x D
  const neural::Parameters& parameters() const { return parameters_; }
  std::int64_t width() const { return vectors_.cols(); }

  void save(SafetensorsWriter& out, const std::string& prefix) const;
  // Throws Error(kData) naming the tensor that does not have the shape that the reader wants.
  static NextItemModel load(const SafetensorsFile& in, const std::string& prefix, const ReaderPlan& plan,
                            std::int64_t length);

 private:
  Matrix states(std::span<const Query> queries, ConstMatrixView leading) const;

  Matrix vectors_;  // I x D
  neural::Parameters parameters_;
  std::unique_ptr<neural::HistoryReader> reader_;
  std::int64_t length_ = 0;
  PackedMatrix packed_;   // D x I
  ProductSearch search_;  // leaves out items whose vectors are zeros
};

}  // namespace genre
