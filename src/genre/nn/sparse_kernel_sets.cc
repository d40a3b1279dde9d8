#include "genre/nn/sparse_kernels.h"

namespace genre::nn {

const std::vector<linalg::KernelSet<SparseKernels>>& runnable_sparse_kernels() {
  static const auto sets =
      linalg::runnable<SparseKernels>({{linalg::InstructionSet::kAvx2, avx2_sparse_kernels()},
                                       {linalg::InstructionSet::kPortable, portable_sparse_kernels()}});
  return sets;
}

const SparseKernels& sparse_kernels() {
  static const SparseKernels& chosen = linalg::choose(runnable_sparse_kernels());
  return chosen;
}

}  // namespace genre::nn
