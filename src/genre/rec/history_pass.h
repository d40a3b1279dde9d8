// Sequences of items through a reader of histories and back: what one thread does of a step of training.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "genre/neural/history_reader.h"

namespace genre {

struct ReadSequences {
  static constexpr std::int32_t kMask = -1;  // stands for an item that is not shown

  std::vector<std::int64_t> offsets = {0};  // sequence b is tokens [offsets[b], offsets[b + 1])
  std::vector<std::int32_t> read;           // T: items, or kMask
  std::vector<std::int32_t> asked;          // M: tokens whose states are wanted, ascending

  void clear();
};

// A token is the vector of its item; kMask is the mask of the reader, or zeros where it has none, as if dropout had
// left all of the item out. Keeps memory of a pass for the next one. One thread each.
class HistoryPass {
 public:
  explicit HistoryPass(const neural::HistoryReader& reader) : reader_(reader), pass_(reader.new_pass()) {}

  // The states (M x D) of the tokens that are asked, M above 0, until the next pass. Vectors of items are I x D;
  // `random` draws dropout.
  MatrixView forward(const neural::Parameters& parameters, ConstMatrixView vectors, const ReadSequences& sequences,
                     RandomStream& random);
  // Where the gradient of these states (M x D) goes before backward.
  MatrixView d_states() { return d_states_; }
  // Of the same sequences. Adds to the gradients of the reader's weights, and to those of the vectors, which lie where
  // that of parameter `items` does. Uses the gradient of the states up.
  void backward(const neural::Parameters& parameters, const ReadSequences& sequences, neural::Gradients& gradients,
                int items);

 private:
  const neural::HistoryReader& reader_;
  std::unique_ptr<neural::HistoryReader::Pass> pass_;
  Matrix tokens_, d_tokens_, asked_, d_asked_;  // rows of the last two: of states that are asked, where not all are
  MatrixView d_states_{nullptr, 0, 0};
};

}  // namespace genre
