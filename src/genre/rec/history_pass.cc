#include "genre/rec/history_pass.h"

#include <algorithm>
#include <utility>

#include "genre/linalg/gemm.h"
#include "genre/neural/lookup.h"
#include "genre/neural/room.h"

namespace genre {

void ReadSequences::clear() {
  offsets = {0};
  read.clear();
  asked.clear();
}

MatrixView HistoryPass::forward(const neural::Parameters& parameters, ConstMatrixView vectors,
                                const ReadSequences& sequences, RandomStream& random) {
  const std::int64_t count = std::ssize(sequences.read), asked = std::ssize(sequences.asked), width = vectors.cols();
  const MatrixView tokens = neural::room(tokens_, count, width), d_tokens = neural::room(d_tokens_, count, width);
  for (std::int64_t t = 0; t < count; ++t) {
    const std::int32_t item = sequences.read[t];
    if (item != ReadSequences::kMask)
      std::ranges::copy(vectors.row(item), tokens.row(t).data());
    else if (reader_.mask() >= 0)
      std::ranges::copy(parameters.value(reader_.mask()).row(0), tokens.row(t).data());
    else
      std::ranges::fill(tokens.row(t), 0.0f);
  }
  reader_.forward(parameters, tokens, sequences.offsets, &random, *pass_);
  d_states_ = d_tokens;
  if (asked == count) return tokens;
  d_states_ = neural::room(d_asked_, asked, width);
  const MatrixView states = neural::room(asked_, asked, width);
  neural::look_up(tokens, sequences.asked, states);
  return states;
}

void HistoryPass::backward(const neural::Parameters& parameters, const ReadSequences& sequences,
                           neural::Gradients& gradients, int items) {
  const std::int64_t count = std::ssize(sequences.read), asked = std::ssize(sequences.asked), width = d_tokens_.cols();
  const MatrixView d_tokens{d_tokens_.data(), count, width};
  if (asked != count) {
    std::fill_n(d_tokens.data(), count * width, 0.0f);
    for (std::int64_t n = 0; n < asked; ++n)
      std::ranges::copy(d_states_.row(n), d_tokens.row(sequences.asked[n]).data());
  }
  reader_.backward(parameters, d_tokens, *pass_, gradients);
  for (std::int64_t t = 0; t < count; ++t) {
    const std::int32_t item = sequences.read[t];
    if (item != ReadSequences::kMask)
      add_scaled(1, d_tokens.row(t).data(), gradients[items].row(item).data(), width);
    else if (reader_.mask() >= 0)
      add_scaled(1, d_tokens.row(t).data(), gradients[reader_.mask()].row(0).data(), width);
  }
}

}  // namespace genre
