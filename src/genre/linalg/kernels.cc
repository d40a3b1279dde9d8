#include "genre/linalg/kernels.h"

#include <cstdlib>
#include <string_view>

namespace genre::linalg {
namespace {

const Kernels& choose() {
  const char* const variable = std::getenv("GENRE_CPU");
  const std::string_view cap = variable == nullptr ? "" : variable;
  if (cap == "portable") return *portable_kernels();
#if defined(__x86_64__)
  __builtin_cpu_init();
  const bool avx512 = __builtin_cpu_supports("avx512f") && cap != "avx2" && cap != "avxvnni";
  if (avx512 && avx512_kernels() != nullptr) return *avx512_kernels();
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && avx2_kernels() != nullptr)
    return *avx2_kernels();
#endif
  return *portable_kernels();
}

}  // namespace

const Kernels& kernels() {
  static const Kernels& chosen = choose();
  return chosen;
}

}  // namespace genre::linalg
