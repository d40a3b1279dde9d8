// The innermost loops of products with sparse weights, one set for each instruction set. Private to nn.
#pragma once

#include <cstdint>
#include <vector>

#include "genre/linalg/instruction_sets.h"

namespace genre::nn {

// Outputs in groups of 1 or 4 that share the inputs that they read.
struct SparseGroups {
  int outputs;                   // of a group
  const std::int64_t* starts;    // group g reads entries [starts[g], starts[g + 1])
  const std::uint16_t* columns;  // the input of an entry
  const float* values;           // `outputs` for each entry
};

// Tokens lie in vectors of `lanes`: inputs are K x (vectors * lanes), sums (groups * outputs) x (vectors * lanes).
struct SparseKernels {
  const char* name;
  int lanes;
  // Groups [begin, end) into sums. vectors: 1, 2, or 4 where a group has one output.
  void (*multiply)(const SparseGroups& groups, std::int64_t begin, std::int64_t end, const float* inputs, int vectors,
                   float* sums);
};

const SparseKernels* portable_sparse_kernels();
const SparseKernels* avx2_sparse_kernels();  // null where the compiler has no such target

// The best first; the last one is portable.
const std::vector<linalg::KernelSet<SparseKernels>>& runnable_sparse_kernels();
// The best of them that GENRE_CPU allows.
const SparseKernels& sparse_kernels();

}  // namespace genre::nn
