// Which kernel sets this processor runs, and which of them GENRE_CPU allows. Private to linalg and nn.
#pragma once

#include <initializer_list>
#include <vector>

namespace genre::linalg {

// In the order of GENRE_CPU=portable|avx2|avxvnni|avx512|avx512vnni|avx512bf16|amx: a name allows itself and all before
// it; without a name, or with an unknown one, all are allowed.
enum class InstructionSet {
  kPortable,
  kAvx2,        // with FMA and F16C
  kAvxVnni,     // with AVX2
  kAvx512,      // F and BW, with AVX2
  kAvx512Vnni,  // with AVX-512
  kAvx512Bf16,  // likewise
  kAmx,         // tiles of bytes and bf16, with all above; Linux is asked for their registers once in a process
};

bool processor_has(InstructionSet set);
bool is_allowed(InstructionSet set);

// Kernels compiled for one instruction set, null where the compiler has no such target.
template <class Kernels>
struct KernelSet {
  InstructionSet needs;
  const Kernels* kernels;
};

// Those that compiler and processor have, in the order given.
template <class Kernels>
std::vector<KernelSet<Kernels>> runnable(std::initializer_list<KernelSet<Kernels>> sets) {
  std::vector<KernelSet<Kernels>> out;
  for (const auto& set : sets)
    if (set.kernels != nullptr && processor_has(set.needs)) out.push_back(set);
  return out;
}

// The first that GENRE_CPU allows; the last one is portable.
template <class Kernels>
const Kernels& choose(const std::vector<KernelSet<Kernels>>& sets) {
  for (const auto& set : sets)
    if (is_allowed(set.needs)) return *set.kernels;
  return *sets.back().kernels;
}

}  // namespace genre::linalg
