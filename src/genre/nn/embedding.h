#pragma once

#include <cstdint>
#include <span>

#include "genre/linalg/matrix.h"

namespace genre::nn {

struct EmbeddingTables {
  ConstMatrixView words;           // V x D
  ConstMatrixView positions = {};  // P x D, or none
  ConstMatrixView types = {};      // S x D, or none; with one row every token has it
  // Positions count from padding + 1, and a token with this id keeps to row `padding` and is not counted (RoBERTa);
  // -1: positions count from 0.
  std::int32_t padding = -1;
  ConstMatrixView virtual_words = {};  // rows of the ids from V on, or none
};

// out[t] = words[ids[t]] + positions[place of t in its sequence] + types[segments[t]], for packed sequences (offsets as
// in attention.h). out is T x D; segments are T or none (all 0). Ids are in [0, V) or name virtual words, segments in
// [0, S) where S > 1, and no sequence has more than P - padding - 1 tokens. One thread.
void embed(std::span<const std::int32_t> ids, std::span<const std::int32_t> segments,
           std::span<const std::int32_t> offsets, const EmbeddingTables& tables, MatrixView out);

}  // namespace genre::nn
