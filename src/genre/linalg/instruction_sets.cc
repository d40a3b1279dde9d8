#include "genre/linalg/instruction_sets.h"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <string_view>

#if defined(__x86_64__)
#include <cpuid.h>
#endif
#if defined(__x86_64__) && defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace genre::linalg {
namespace {

#if defined(__x86_64__)
// Leaf 7 says what __builtin_cpu_supports of GCC 12 has no names for: register EAX of subleaf 1, EDX of subleaf 0.
bool leaf_bit(unsigned subleaf, unsigned bit) {
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid_count(7, subleaf, &a, &b, &c, &d) != 0 && ((subleaf == 1 ? a : d) >> bit & 1) != 0;
}

// The kernel keeps tile registers only for processes that ask; false where it is too old or does not want to.
bool may_use_tiles() {
#if defined(__linux__) && defined(SYS_arch_prctl)
  constexpr int kRequest = 0x1023, kTileData = 18;  // ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA
  static const bool granted = syscall(SYS_arch_prctl, kRequest, kTileData) == 0;
  return granted;
#else
  return false;
#endif
}
#endif

}  // namespace

bool processor_has(InstructionSet set) {
  if (set == InstructionSet::kPortable) return true;
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma") || !__builtin_cpu_supports("f16c"))
    return false;
  const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw");
  const bool vnni = avx512 && __builtin_cpu_supports("avx512vnni"), bf16 = avx512 && leaf_bit(1, 5);
  switch (set) {
    case InstructionSet::kPortable:
    case InstructionSet::kAvx2:
      return true;
    case InstructionSet::kAvxVnni:
      return leaf_bit(1, 4);
    case InstructionSet::kAvx512:
      return avx512;
    case InstructionSet::kAvx512Vnni:
      return vnni;
    case InstructionSet::kAvx512Bf16:
      return bf16;
    case InstructionSet::kAmx:  // bf16, tiles, bytes
      return vnni && bf16 && leaf_bit(0, 22) && leaf_bit(0, 24) && leaf_bit(0, 25) && may_use_tiles();
  }
#endif
  return false;
}

bool is_allowed(InstructionSet set) {
  constexpr std::string_view kOrder[] = {"portable", "avx2", "avxvnni", "avx512", "avx512vnni", "avx512bf16", "amx"};
  const char* const cap = std::getenv("GENRE_CPU");
  if (cap == nullptr) return true;
  return static_cast<std::ptrdiff_t>(set) <= std::ranges::find(kOrder, std::string_view(cap)) - std::begin(kOrder);
}

}  // namespace genre::linalg
