#include "genre/nn/instruction_sets.h"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <string_view>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace genre::nn {

bool processor_has(InstructionSet set) {
  if (set == InstructionSet::kPortable) return true;
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma") || !__builtin_cpu_supports("f16c"))
    return false;
  const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw");
  unsigned a = 0, b = 0, c = 0, d = 0;  // leaf 7.1 says what __builtin_cpu_supports of GCC 12 has no names for
  const bool leaf = __get_cpuid_count(7, 1, &a, &b, &c, &d) != 0;
  switch (set) {
    case InstructionSet::kAvxVnni:
      return leaf && (a >> 4 & 1) != 0;
    case InstructionSet::kAvx512:
      return avx512;
    case InstructionSet::kAvx512Vnni:
      return avx512 && __builtin_cpu_supports("avx512vnni");
    case InstructionSet::kAvx512Bf16:
      return avx512 && leaf && (a >> 5 & 1) != 0;
    default:
      return true;
  }
#else
  return false;
#endif
}

bool is_allowed(InstructionSet set) {
  constexpr std::string_view kOrder[] = {"portable", "avx2", "avxvnni", "avx512", "avx512vnni", "avx512bf16"};
  const char* const cap = std::getenv("GENRE_CPU");
  if (cap == nullptr) return true;
  return static_cast<std::ptrdiff_t>(set) <= std::ranges::find(kOrder, std::string_view(cap)) - std::begin(kOrder);
}

}  // namespace genre::nn
