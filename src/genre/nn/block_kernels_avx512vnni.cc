#include "genre/nn/block_kernels.h"

#if defined(__AVX512F__) && defined(__AVX512BW__) && defined(__AVX512VNNI__) && defined(__F16C__)
#include "genre/nn/block_kernels_512.h"

namespace genre::nn {
namespace {

struct Avx512Vnni : Vectors512<Avx512Vnni> {
  static constexpr int kGroup = 8;
};

}  // namespace

const BlockKernels* avx512vnni_block_kernels() {
  static constexpr BlockKernels kKernels = make_block_kernels<Avx512Vnni>("avx512vnni", quantise_row<Avx512Vnni>);
  return &kKernels;
}

}  // namespace genre::nn
#else
namespace genre::nn {
const BlockKernels* avx512vnni_block_kernels() { return nullptr; }
}  // namespace genre::nn
#endif
