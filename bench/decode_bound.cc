// What decoding one token can cost at least: the bare matrix-vector loops of SmolLM2-135M over as many bytes as its
// Q4_1 file has (the head is Q8_0 there), random weights in panels of 16 rows, a spin barrier behind each product. No
// norms, attention, quantising of activations or sampling. Prints one JSON line for each instruction set and thread
// count. The prefill rate is the same loop over tiles of 4 tokens whose weights stay in the L1 cache.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <thread>
#include <vector>

#include "genre/linalg/page_allocator.h"

#if defined(__x86_64__)
#include <immintrin.h>

namespace {

using Bytes = std::vector<std::uint8_t, genre::PageAllocator<std::uint8_t>>;

constexpr int kRows = 16, kBlock = 32;
constexpr std::int64_t k4Bits = kRows * kBlock / 2 + 4 * kRows, k8Bits = kRows * kBlock + 2 * kRows;

struct Product {
  int rows, cols;
  bool four_bits;
};
std::vector<Product> smollm2() {
  std::vector<Product> all;
  for (int layer = 0; layer < 30; ++layer) {
    all.push_back({576 + 2 * 192, 576, true});  // query, key, value
    all.push_back({576, 576, true});            // attention output
    all.push_back({2 * 1536, 576, true});       // gate, up
    all.push_back({576, 1536, true});           // down
  }
  all.push_back({49152, 576, false});  // head
  return all;
}

// One panel times `Tokens` rows of 32-element blocks; the sums go to y.
using Panel = void (*)(const std::uint8_t* w, int blocks, const std::int8_t* x, float scale, float sum, float* y);

template <int Tokens>
__attribute__((target("avx2,fma,f16c"))) void four_avx2(const std::uint8_t* w, int blocks, const std::int8_t* x,
                                                        float scale, float sum, float* y) {
  const __m256i nibble = _mm256_set1_epi8(15), ones = _mm256_set1_epi16(1);
  __m256 total[Tokens][2] = {};
  for (int b = 0; b < blocks; ++b, w += k4Bits) {
    if (Tokens == 1)
      for (int line = 0; line < k4Bits; line += 64)
        _mm_prefetch(reinterpret_cast<const char*>(w) + 8192 + line, _MM_HINT_T0);
    __m256i dot[Tokens][2] = {};
#pragma GCC unroll 8
    for (int j = 0; j < 4; ++j) {
#pragma GCC unroll 2
      for (int h = 0; h < 2; ++h) {
        const __m256i q = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(w + 64 * j + 32 * h));
        const __m256i low = _mm256_and_si256(q, nibble), high = _mm256_and_si256(_mm256_srli_epi16(q, 4), nibble);
#pragma GCC unroll 8
        for (int t = 0; t < Tokens; ++t) {
          const auto* const quads = reinterpret_cast<const int*>(x + (t * blocks + b) * kBlock);
          dot[t][h] = _mm256_add_epi16(dot[t][h], _mm256_maddubs_epi16(low, _mm256_set1_epi32(quads[j])));
          dot[t][h] = _mm256_add_epi16(dot[t][h], _mm256_maddubs_epi16(high, _mm256_set1_epi32(quads[j + 4])));
        }
      }
    }
#pragma GCC unroll 2
    for (int h = 0; h < 2; ++h) {
      const auto* const scales = reinterpret_cast<const __m128i*>(w + 256 + 16 * h);
      const __m256 d = _mm256_mul_ps(_mm256_cvtph_ps(_mm_loadu_si128(scales)), _mm256_set1_ps(scale));
      const __m256 m = _mm256_cvtph_ps(_mm_loadu_si128(scales + 2));
#pragma GCC unroll 8
      for (int t = 0; t < Tokens; ++t) {
        total[t][h] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(_mm256_madd_epi16(dot[t][h], ones)), d, total[t][h]);
        total[t][h] = _mm256_fmadd_ps(m, _mm256_set1_ps(sum), total[t][h]);
      }
    }
  }
  for (int t = 0; t < Tokens; ++t)
    for (int h = 0; h < 2; ++h) _mm256_storeu_ps(y + kRows * t + 8 * h, total[t][h]);
}

__attribute__((target("avx2,fma,f16c"))) void eight_avx2(const std::uint8_t* w, int blocks, const std::int8_t* x,
                                                         float scale, float, float* y) {
  const __m256i ones = _mm256_set1_epi16(1);
  __m256 total[2] = {};
  for (int b = 0; b < blocks; ++b, w += k8Bits) {
    for (int line = 0; line < k8Bits; line += 64)
      _mm_prefetch(reinterpret_cast<const char*>(w) + 8192 + line, _MM_HINT_T0);
    __m256i dot[2] = {};
    const auto* const quads = reinterpret_cast<const int*>(x + b * kBlock);
#pragma GCC unroll 8
    for (int j = 0; j < 8; ++j) {
#pragma GCC unroll 2
      for (int h = 0; h < 2; ++h) {
        const __m256i q = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(w + 64 * j + 32 * h));
        const __m256i pairs =
            _mm256_maddubs_epi16(_mm256_abs_epi8(q), _mm256_sign_epi8(_mm256_set1_epi32(quads[j]), q));
        dot[h] = _mm256_add_epi32(dot[h], _mm256_madd_epi16(pairs, ones));
      }
    }
#pragma GCC unroll 2
    for (int h = 0; h < 2; ++h) {
      const __m256 d = _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(w + 512 + 16 * h)));
      total[h] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(dot[h]), _mm256_mul_ps(d, _mm256_set1_ps(scale)), total[h]);
    }
  }
  for (int h = 0; h < 2; ++h) _mm256_storeu_ps(y + 8 * h, total[h]);
}

template <int Tokens>
__attribute__((target("avx2,fma,f16c,avx512f,avx512bw,avx512vnni"))) void four_avx512(const std::uint8_t* w, int blocks,
                                                                                      const std::int8_t* x, float scale,
                                                                                      float sum, float* y) {
  const __m512i nibble = _mm512_set1_epi8(15);
  __m512 total[Tokens] = {};
  for (int b = 0; b < blocks; ++b, w += k4Bits) {
    if (Tokens == 1)
      for (int line = 0; line < k4Bits; line += 64)
        _mm_prefetch(reinterpret_cast<const char*>(w) + 8192 + line, _MM_HINT_T0);
    __m512i dot[Tokens][2] = {};
#pragma GCC unroll 8
    for (int j = 0; j < 4; ++j) {
      const __m512i q = _mm512_loadu_si512(w + 64 * j);
      const __m512i low = _mm512_and_si512(q, nibble), high = _mm512_and_si512(_mm512_srli_epi16(q, 4), nibble);
#pragma GCC unroll 8
      for (int t = 0; t < Tokens; ++t) {
        const auto* const quads = reinterpret_cast<const int*>(x + (t * blocks + b) * kBlock);
        dot[t][0] = _mm512_dpbusd_epi32(dot[t][0], low, _mm512_set1_epi32(quads[j]));
        dot[t][1] = _mm512_dpbusd_epi32(dot[t][1], high, _mm512_set1_epi32(quads[j + 4]));
      }
    }
    const auto* const scales = reinterpret_cast<const __m256i*>(w + 256);
    const __m512 d = _mm512_mul_ps(_mm512_cvtph_ps(_mm256_loadu_si256(scales)), _mm512_set1_ps(scale));
    const __m512 m = _mm512_cvtph_ps(_mm256_loadu_si256(scales + 1));
#pragma GCC unroll 8
    for (int t = 0; t < Tokens; ++t) {
      total[t] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(_mm512_add_epi32(dot[t][0], dot[t][1])), d, total[t]);
      total[t] = _mm512_fmadd_ps(m, _mm512_set1_ps(sum), total[t]);
    }
  }
  for (int t = 0; t < Tokens; ++t) _mm512_storeu_ps(y + kRows * t, total[t]);
}

__attribute__((target("avx2,fma,f16c,avx512f,avx512bw,avx512vnni"))) void eight_avx512(const std::uint8_t* w,
                                                                                       int blocks, const std::int8_t* x,
                                                                                       float scale, float sum,
                                                                                       float* y) {
  __m512 total = {};
  for (int b = 0; b < blocks; ++b, w += k8Bits) {
    for (int line = 0; line < k8Bits; line += 64)
      _mm_prefetch(reinterpret_cast<const char*>(w) + 8192 + line, _MM_HINT_T0);
    __m512i dot[2] = {};
    const auto* const quads = reinterpret_cast<const int*>(x + b * kBlock);
#pragma GCC unroll 8
    for (int j = 0; j < 8; ++j) {
      const __m512i q = _mm512_xor_si512(_mm512_loadu_si512(w + 64 * j), _mm512_set1_epi8(-128));
      dot[j % 2] = _mm512_dpbusd_epi32(dot[j % 2], q, _mm512_set1_epi32(quads[j]));
    }
    const __m512i whole = _mm512_sub_epi32(_mm512_add_epi32(dot[0], dot[1]), _mm512_set1_epi32(static_cast<int>(sum)));
    const __m512 d = _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(w + 512)));
    total = _mm512_fmadd_ps(_mm512_cvtepi32_ps(whole), _mm512_mul_ps(d, _mm512_set1_ps(scale)), total);
  }
  _mm512_storeu_ps(y, total);
}

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

// Seconds of the fastest of `runs`: `threads` threads do body(thread) at once.
template <class Body>
double best_seconds(int runs, int threads, const Body& body) {
  double best = 1e30;
  for (int run = 0; run < runs; ++run) {
    std::vector<std::thread> others;
    const double start = now();
    for (int t = 1; t < threads; ++t) others.emplace_back([&, t] { body(t); });
    body(0);
    for (std::thread& other : others) other.join();
    best = std::min(best, now() - start);
  }
  return best;
}

// Products in turn, rows shared out evenly, everybody waits for everybody behind each: tokens a second.
double decode(const std::vector<Product>& products, const std::vector<Bytes>& weights, int threads, Panel four,
              Panel eight) {
  constexpr int kTokens = 32;
  const std::vector<std::int8_t> x(2048, 3);
  double best = 0;
  for (int run = 0; run < 5; ++run) {
    std::atomic<int> arrived{0};
    const double seconds = best_seconds(1, threads, [&](int thread) {
      float y[kRows];
      int phase = 0;
      for (int token = 0; token < kTokens; ++token) {
        for (std::size_t i = 0; i < products.size(); ++i) {
          const Product& p = products[i];
          const std::int64_t panels = p.rows / kRows, bytes = p.cols / kBlock * (p.four_bits ? k4Bits : k8Bits);
          for (std::int64_t at = panels * thread / threads; at < panels * (thread + 1) / threads; ++at)
            (p.four_bits ? four : eight)(weights[i].data() + at * bytes, p.cols / kBlock, x.data(), 0.01f, 0.1f, y);
          arrived.fetch_add(1);
          for (++phase; arrived.load() < threads * phase;) _mm_pause();
        }
      }
    });
    best = std::max(best, kTokens / seconds);
  }
  return best;
}

// Multiply-adds of the layers at the rate of a tile in the L1 cache: tokens a second.
double prefill(const std::vector<Product>& products, int threads, Panel tile) {
  constexpr int kTokens = 4, kBlocks = 18, kTimes = 100'000;
  const Bytes weights(kBlocks * k4Bits + 4096, 0x21);
  const std::vector<std::int8_t> x(kTokens * kBlocks * kBlock, 3);
  const double seconds = best_seconds(5, threads, [&](int) {
    float y[kTokens * kRows];
    for (int i = 0; i < kTimes; ++i) tile(weights.data(), kBlocks, x.data(), 0.01f, 0.1f, y);
  });
  double of_token = 0;
  for (const Product& p : products)
    if (p.four_bits) of_token += static_cast<double>(p.rows) * p.cols;
  return static_cast<double>(threads) * kTimes * kTokens * kRows * kBlocks * kBlock / seconds / of_token;
}

}  // namespace

int main() {
  struct Set {
    const char* name;
    bool runs;
    Panel four, eight, tile;
  };
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c");
  const Set sets[] = {{"avx2", avx2, four_avx2<1>, eight_avx2, four_avx2<4>},
                      {"avx512vnni", avx2 && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vnni"),
                       four_avx512<1>, eight_avx512, four_avx512<4>}};
  const std::vector<Product> products = smollm2();
  std::vector<Bytes> weights;
  std::int64_t total = 0;
  for (const Product& p : products) {
    const std::int64_t bytes = std::int64_t{p.rows} / kRows * (p.cols / kBlock) * (p.four_bits ? k4Bits : k8Bits);
    weights.emplace_back(bytes + 8192, 0x21);
    total += bytes;
  }
  const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  for (const Set& set : sets) {
    if (!set.runs) continue;
    for (int threads = 1; threads <= cores; ++threads) {
      const double rate = decode(products, weights, threads, set.four, set.eight);
      std::printf(
          "{\"instructions\": \"%s\", \"threads\": %d, \"megabytes_a_token\": %.1f, \"decode_tokens_s\": %.1f, "
          "\"gb_s\": %.1f, \"prefill_tokens_s\": %.0f}\n",
          set.name, threads, static_cast<double>(total) / 1e6, rate, rate * static_cast<double>(total) / 1e9,
          prefill(products, threads, set.tile));
    }
  }
}
#else
int main() { std::printf("{}\n"); }
#endif
