// Items by the codes that a transformer tells of what comes next: what models that generate ids are, once they are
// trained. Source: Rajput et al., "Recommender Systems with Generative Retrieval" (NeurIPS 2023); the search along ids
// that exist as De Cao et al., "Autoregressive Entity Retrieval" (ICLR 2021).
#pragma once

#include <memory>
#include <vector>

#include "genre/linalg/gemm.h"
#include "genre/neural/transformer_reader.h"
#include "genre/rec/semantic_ids.h"
#include "genre/rec/tiger_training.h"

namespace genre {

class CodeGenerator {
 public:
  CodeGenerator() = default;
  // The newest `length` of a history are read.
  CodeGenerator(SemanticIds ids, TrainedTiger trained, std::int64_t length);

  // Items in ranking order, each with the log probability of its id,
  //
  //   sum over levels l of log softmax over all codes c of level l (state . vector of c)[code_l]
  //
  // where the state has read the history and the codes before. A beam search: of the beginnings of ids, one level after
  // the other, the `width` most probable go on, and at the last level all that follow from these are items. Beginnings
  // below which no item may be ranked are not among them, so that there are at least as many items as may be ranked, or
  // `width`. Items of the history without an id are passed over; where none is left, nothing is found. With a width of
  // items() or more the answer is exact. Width is above 0; options'
  // k is not looked at. Thread-safe; one thread.
  std::vector<ScoredIndex> generate(std::span<const std::int32_t> history, std::int64_t width,
                                    const RankOptions& options) const;

  std::int64_t items() const { return ids_.items(); }
  const SemanticIds& ids() const { return ids_; }

  void save(SafetensorsWriter& out, const std::string& prefix) const;
  // Throws Error(kData) naming the tensor that does not fit: ids of `levels` levels, weights of a reader of this shape.
  static CodeGenerator load(const SafetensorsFile& in, const std::string& prefix, int levels,
                            const neural::TransformerShape& shape, std::int64_t length);

 private:
  // A beginning of ids: a node of the tree.
  struct Beginning {
    std::int32_t node;
    double log_probability;
  };
  // The vectors of a beginning of an id, one after the other.
  void copy_tokens(std::span<const std::int32_t> codes, float* to) const;
  // The state behind a history (1 x D), or no rows where none of its items has an id.
  Matrix read_history(std::span<const std::int32_t> history, neural::HistoryReader::Pass& pass) const;
  // The states behind the history and each beginning, which are `depth` codes long.
  Matrix read_beam(int depth, std::span<const Beginning> beam, const neural::HistoryReader::Pass& history,
                   neural::HistoryReader::Pass& pass) const;
  // What goes on from the beam behind these states.
  std::vector<Beginning> go_on(int depth, std::span<const Beginning> beam, ConstMatrixView states,
                               std::span<const std::uint8_t> allowed) const;

  SemanticIds ids_;
  TrainedTiger trained_;
  std::int64_t length_ = 0;
  std::vector<PackedMatrix> packed_;  // of each level, D x its codes
};

}  // namespace genre
