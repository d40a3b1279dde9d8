#include "genre/nn/block_kernels.h"

#include <algorithm>
#include <cstdlib>
#include <vector>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace genre::nn {
namespace {

#if defined(__x86_64__)
bool has_avx_vnni() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid_count(7, 1, &a, &b, &c, &d) != 0 && (a >> 4 & 1) != 0;
}
#endif

std::vector<const BlockKernels*> find_runnable() {
  std::vector<const BlockKernels*> found;
#if defined(__x86_64__)
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c");
  const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw");
  if (avx2 && avx512 && __builtin_cpu_supports("avx512vnni")) found.push_back(avx512vnni_block_kernels());
  if (avx2 && has_avx_vnni()) found.push_back(avxvnni_block_kernels());
  if (avx2) found.push_back(avx2_block_kernels());
  std::erase(found, nullptr);
#endif
  found.push_back(portable_block_kernels());
  return found;
}

// Places of the sets in GENRE_CPU's order; without a cap, or with an unknown one, all are allowed.
int rank(std::string_view name) {
  constexpr std::string_view kOrder[] = {"portable", "avx2", "avx512", "avxvnni", "avx512vnni"};
  return static_cast<int>(std::ranges::find(kOrder, name) - std::begin(kOrder));
}

const BlockKernels& choose() {
  const char* const cap = std::getenv("GENRE_CPU");
  const auto sets = runnable_block_kernels();
  const auto chosen = std::ranges::find_if(
      sets, [&](const BlockKernels* set) { return cap == nullptr || rank(set->name) <= rank(cap); });
  return **chosen;
}

}  // namespace

std::span<const BlockKernels* const> runnable_block_kernels() {
  static const std::vector<const BlockKernels*> sets = find_runnable();
  return sets;
}

const BlockKernels& block_kernels() {
  static const BlockKernels& chosen = choose();
  return chosen;
}

}  // namespace genre::nn
