// What this machine can do at most: multiply-adds a second by precision, and memory bandwidth, on all cores. Prints one
// JSON object. Every speed figure of a benchmark run stands beside these.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <thread>
#include <vector>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace {

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

// The best of five runs in which every core does `body`: seconds.
double best_seconds(int threads, const std::function<void()>& body) {
  double best = 1e30;
  for (int run = 0; run < 5; ++run) {
    std::atomic<int> ready{0};
    std::atomic<bool> go{false};
    std::vector<std::thread> pool;
    for (int t = 0; t < threads; ++t)
      pool.emplace_back([&] {
        ++ready;
        while (!go.load()) {
        }
        body();
      });
    while (ready.load() < threads) {
    }
    const double start = now();
    go = true;
    for (auto& thread : pool) thread.join();
    best = std::min(best, now() - start);
  }
  return best;
}

constexpr std::int64_t kSteps = 20'000'000;
std::atomic<float> sink{0};  // keeps results alive

#if defined(__x86_64__)
// Twelve independent sums hide the latency of the multiply-add.
__attribute__((target("avx2,fma"))) void fma_avx2() {
  __m256 acc[12], x = _mm256_set1_ps(1.000001f), y = _mm256_set1_ps(1e-9f);
  for (auto& a : acc) a = _mm256_setzero_ps();
  for (std::int64_t i = 0; i < kSteps; ++i) {
#pragma GCC unroll 12
    for (auto& a : acc) a = _mm256_fmadd_ps(a, x, y);
  }
  for (int i = 1; i < 12; ++i) acc[0] = _mm256_add_ps(acc[0], acc[i]);
  sink = sink + acc[0][0];
}
__attribute__((target("avx2,fma"))) void fma_double_avx2() {
  __m256d acc[12], x = _mm256_set1_pd(1.000001), y = _mm256_set1_pd(1e-9);
  for (auto& a : acc) a = _mm256_setzero_pd();
  for (std::int64_t i = 0; i < kSteps; ++i) {
#pragma GCC unroll 12
    for (auto& a : acc) a = _mm256_fmadd_pd(a, x, y);
  }
  for (int i = 1; i < 12; ++i) acc[0] = _mm256_add_pd(acc[0], acc[i]);
  sink = sink + static_cast<float>(acc[0][0]);
}
__attribute__((target("avx512f"))) void fma_avx512() {
  __m512 acc[12], x = _mm512_set1_ps(1.000001f), y = _mm512_set1_ps(1e-9f);
  for (auto& a : acc) a = _mm512_setzero_ps();
  for (std::int64_t i = 0; i < kSteps; ++i) {
#pragma GCC unroll 12
    for (auto& a : acc) a = _mm512_fmadd_ps(a, x, y);
  }
  for (int i = 1; i < 12; ++i) acc[0] = _mm512_add_ps(acc[0], acc[i]);
  sink = sink + acc[0][0];
}
__attribute__((target("avx2"))) void int8_avx2() {
  __m256i acc[8], x = _mm256_set1_epi8(3), y = _mm256_set1_epi8(5), ones = _mm256_set1_epi16(1);
  for (auto& a : acc) a = _mm256_setzero_si256();
  for (std::int64_t i = 0; i < kSteps; ++i) {
#pragma GCC unroll 8
    for (auto& a : acc)
      a = _mm256_add_epi32(a, _mm256_madd_epi16(_mm256_maddubs_epi16(_mm256_xor_si256(x, a), y), ones));
  }
  for (int i = 1; i < 8; ++i) acc[0] = _mm256_add_epi32(acc[0], acc[i]);
  sink = sink + static_cast<float>(_mm256_extract_epi32(acc[0], 0));
}
__attribute__((target("avx512f,avx512bw,avx512vnni"))) void int8_vnni() {
  __m512i acc[12], x = _mm512_set1_epi8(3), y = _mm512_set1_epi8(5);
  for (auto& a : acc) a = _mm512_setzero_si512();
  for (std::int64_t i = 0; i < kSteps; ++i) {
#pragma GCC unroll 12
    for (auto& a : acc) a = _mm512_dpbusd_epi32(a, x, y);
  }
  for (int i = 1; i < 12; ++i) acc[0] = _mm512_add_epi32(acc[0], acc[i]);
  sink = sink + static_cast<float>(_mm512_reduce_add_epi32(acc[0]));
}
#endif

}  // namespace

int main() {
  const int threads = std::max(1u, std::thread::hardware_concurrency());
  const auto rate = [&](int sums, int lanes, void (*body)()) {
    return 2.0 * sums * lanes * static_cast<double>(kSteps) * threads / best_seconds(threads, body) / 1e9;
  };
  double fp32 = 0, fp64 = 0, int8 = 0;
  const char* set = "none";
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    set = "avx2";
    fp32 = rate(12, 8, fma_avx2);
    fp64 = rate(12, 4, fma_double_avx2);
    int8 = rate(8, 32, int8_avx2);
  }
  if (__builtin_cpu_supports("avx512f")) {
    set = "avx512";
    fp32 = std::max(fp32, rate(12, 16, fma_avx512));
    if (__builtin_cpu_supports("avx512vnni")) int8 = rate(12, 64, int8_vnni);
  }
#endif
  std::vector<std::vector<float>> memory(threads, std::vector<float>(64 << 20 >> 2, 1.0f));
  std::atomic<int> next{0};
  const double seconds = best_seconds(threads, [&] {
    const auto& mine = memory[static_cast<std::size_t>(next++ % threads)];
    float sums[16] = {};
    for (std::size_t i = 0; i + 16 <= mine.size(); i += 16)
      for (int j = 0; j < 16; ++j) sums[j] += mine[i + j];
    sink = sink + sums[0];
  });
  std::printf(
      "{\"threads\": %d, \"instructions\": \"%s\", \"fp32_gflops\": %.1f, \"fp64_gflops\": %.1f, \"int8_gops\": %.1f, "
      "\"memory_read_gb_s\": %.1f}\n",
      threads, set, fp32, fp64, int8, static_cast<double>(threads) * (64 << 20) / seconds / 1e9);
}
