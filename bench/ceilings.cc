// ceilings [THREADS]: what this machine can do at most, with all cores or so many threads: multiply-adds a second by
// precision and instruction set, and memory bandwidth. Prints one JSON object; `int8_gops` and `bf16_gflops` have an
// entry for each set. Every speed figure of a benchmark run stands beside these. Two threads may have less than twice
// the rate of one: virtual cores are often the two halves of one core.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "genre/linalg/instruction_sets.h"

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
    pool.reserve(threads);
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

constexpr std::int64_t kSteps = 5'000'000;
std::atomic<float> sink{0};  // keeps results alive

#if defined(__x86_64__)
// Twelve independent sums hide the latency of a multiply-add. `zero`, `add(sum)` and `first(sum)` are those of the
// instruction set.
#define GENRE_SUMS(name, instructions, Vector, zero, add, first)   \
  __attribute__((target(instructions))) void name() {              \
    Vector sums[12];                                               \
    for (auto& sum : sums) sum = zero;                             \
    for (std::int64_t i = 0; i < kSteps; ++i) {                    \
      _Pragma("GCC unroll 12") for (auto& sum : sums) sum = add;   \
    }                                                              \
    float all = 0;                                                 \
    for (const auto& sum : sums) all += static_cast<float>(first); \
    sink = sink + all;                                             \
  }
GENRE_SUMS(fp32_avx2, "avx2,fma", __m256, _mm256_setzero_ps(),
           _mm256_fmadd_ps(sum, _mm256_set1_ps(1.000001f), _mm256_set1_ps(1e-9f)), sum[0])
GENRE_SUMS(fp64_avx2, "avx2,fma", __m256d, _mm256_setzero_pd(),
           _mm256_fmadd_pd(sum, _mm256_set1_pd(1.000001), _mm256_set1_pd(1e-9)), sum[0])
GENRE_SUMS(fp32_avx512, "avx512f", __m512, _mm512_setzero_ps(),
           _mm512_fmadd_ps(sum, _mm512_set1_ps(1.000001f), _mm512_set1_ps(1e-9f)), sum[0])
GENRE_SUMS(fp64_avx512, "avx512f", __m512d, _mm512_setzero_pd(),
           _mm512_fmadd_pd(sum, _mm512_set1_pd(1.000001), _mm512_set1_pd(1e-9)), sum[0])
GENRE_SUMS(bf16_avx512, "avx512f,avx512bf16", __m512, _mm512_setzero_ps(),
           _mm512_dpbf16_ps(sum, (__m512bh)_mm512_set1_epi32(0x3F803F80), (__m512bh)_mm512_set1_epi32(0x30003000)),
           sum[0])
// Byte products and their sums in 16 bits are the least that AVX2 needs; widening them comes on top. The products
// depend on the sum, or the compiler would compute them once.
GENRE_SUMS(int8_avx2, "avx2", __m256i, _mm256_setzero_si256(),
           _mm256_add_epi16(sum, _mm256_maddubs_epi16(sum, _mm256_set1_epi8(5))), _mm256_extract_epi32(sum, 0))
GENRE_SUMS(int8_vnni, "avx512f,avx512vnni", __m512i, _mm512_setzero_si512(),
           _mm512_dpbusd_epi32(sum, _mm512_set1_epi8(3), _mm512_set1_epi8(5)),
           _mm256_extract_epi32(_mm512_castsi512_si256(sum), 0))
GENRE_SUMS(int8_avxvnni, "avx2,avxvnni", __m256i, _mm256_setzero_si256(),
           _mm256_dpbusd_avx_epi32(sum, _mm256_set1_epi8(3), _mm256_set1_epi8(5)), _mm256_extract_epi32(sum, 0))
#undef GENRE_SUMS

// Four tiles of sums, 16 rows of 64 bytes, from two tiles of rows and two of columns, all in registers.
__attribute__((target("amx-tile"))) void zero_tiles() {
  struct alignas(64) {
    std::uint8_t palette = 1, unused[15] = {};
    std::uint16_t bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
    std::uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
  } tiles;
  asm volatile("" : : "r"(&tiles) : "memory");  // GCC 12 takes the instruction for one that reads 8 bytes
  _tile_loadconfig(&tiles);
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
  _tile_zero(4);
  _tile_zero(5);
  _tile_zero(6);
  _tile_zero(7);
}
__attribute__((target("amx-tile,amx-int8"))) void int8_amx() {
  zero_tiles();
  for (std::int64_t i = 0; i < kSteps; ++i) {
    _tile_dpbusd(0, 4, 6);
    _tile_dpbusd(1, 4, 7);
    _tile_dpbusd(2, 5, 6);
    _tile_dpbusd(3, 5, 7);
  }
  _tile_release();
}
__attribute__((target("amx-tile,amx-bf16"))) void bf16_amx() {
  zero_tiles();
  for (std::int64_t i = 0; i < kSteps; ++i) {
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 4, 7);
    _tile_dpbf16ps(2, 5, 6);
    _tile_dpbf16ps(3, 5, 7);
  }
  _tile_release();
}
#endif

struct Rate {
  genre::linalg::InstructionSet needs;
  const char* name;
  int adds;  // multiply-adds of a step
  void (*body)();
};

// Billions of operations a second of each set that runs here, in the order given.
std::vector<std::pair<std::string, double>> rates(int threads, std::initializer_list<Rate> all) {
  std::vector<std::pair<std::string, double>> out;
  for (const Rate& rate : all)
    if (genre::linalg::processor_has(rate.needs))
      out.emplace_back(rate.name, 2.0 * rate.adds * kSteps * threads / best_seconds(threads, rate.body) / 1e9);
  return out;
}

void print(const char* name, const std::vector<std::pair<std::string, double>>& all) {
  std::printf("\"%s\": {", name);
  for (const auto& [set, rate] : all)
    std::printf("%s\"%s\": %.1f", &set == &all.front().first ? "" : ", ", set.c_str(), rate);
  std::printf("}, ");
}

double best(const std::vector<std::pair<std::string, double>>& all) {
  double out = 0;
  for (const auto& [set, rate] : all) out = std::max(out, rate);
  return out;
}

#if defined(__x86_64__)
#define GENRE_READ __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define GENRE_READ
#endif
// The sum of whole lines of 16 floats, each fetched ahead: within a page the processor's own prefetcher stays behind.
GENRE_READ float sum_lines(const float* at, std::size_t lines) {
  typedef float Line __attribute__((vector_size(64), aligned(4)));
  constexpr std::size_t kAhead = 2048;  // floats
  Line sums[4] = {};
  for (std::size_t i = 0; i + 4 <= lines; i += 4) {
    for (std::size_t j = 0; j < 4; ++j) {
      __builtin_prefetch(at + 16 * (i + j) + kAhead);
      sums[j] += *reinterpret_cast<const Line*>(at + 16 * (i + j));
    }
  }
  return sums[0][0] + sums[1][0] + sums[2][0] + sums[3][0];
}
#undef GENRE_READ

// Gigabytes a second.
double read_rate(int threads) {
  constexpr std::size_t kLines = (64 << 20) / 64;
  std::vector<std::vector<float>> memory(threads, std::vector<float>(16 * kLines, 1.0f));
  std::atomic<int> next{0};
  const double seconds = best_seconds(threads, [&] {
    const auto& mine = memory[static_cast<std::size_t>(next++ % threads)];
    sink = sink + sum_lines(mine.data(), kLines);
  });
  return static_cast<double>(threads) * (64 << 20) / seconds / 1e9;
}

}  // namespace

int main(int argc, char** argv) {
  using Set = genre::linalg::InstructionSet;
  const int cores = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  const int threads = argc > 1 ? std::max(1, std::atoi(argv[1])) : cores;
  std::vector<std::pair<std::string, double>> fp32, fp64, bf16, int8;
#if defined(__x86_64__)
  fp32 = rates(threads, {{Set::kAvx2, "avx2", 12 * 8, fp32_avx2}, {Set::kAvx512, "avx512", 12 * 16, fp32_avx512}});
  fp64 = rates(threads, {{Set::kAvx2, "avx2", 12 * 4, fp64_avx2}, {Set::kAvx512, "avx512", 12 * 8, fp64_avx512}});
  bf16 = rates(threads, {{Set::kAvx512Bf16, "avx512bf16", 12 * 32, bf16_avx512},
                         {Set::kAmx, "amx", 4 * 16 * 16 * 32, bf16_amx}});
  int8 = rates(threads, {{Set::kAvx2, "avx2", 12 * 32, int8_avx2},
                         {Set::kAvxVnni, "avxvnni", 12 * 32, int8_avxvnni},
                         {Set::kAvx512Vnni, "avx512vnni", 12 * 64, int8_vnni},
                         {Set::kAmx, "amx", 4 * 16 * 16 * 64, int8_amx}});
#endif
  std::printf("{\"threads\": %d, \"instructions\": \"%s\", \"fp32_gflops\": %.1f, \"fp64_gflops\": %.1f, ", threads,
              fp32.empty() ? "none" : fp32.back().first.c_str(), best(fp32), best(fp64));
  print("bf16_gflops", bf16);
  print("int8_gops", int8);
  std::printf("\"memory_read_gb_s\": %.1f}\n", read_rate(threads));
}
