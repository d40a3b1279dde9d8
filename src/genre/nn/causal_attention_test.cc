#include "genre/nn/causal_attention.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "genre/base/random.h"
#include "genre/linalg/matrix.h"

namespace genre::nn {
namespace {

// Keys and values of one sequence, plain and in pages; two other heads lie around the one that is looked at.
struct Sequence {
  Sequence(std::int64_t length, std::int64_t size, std::int64_t group, double spread, RandomStream& random)
      : head_size(size), heads(group), queries(length, group * size), keys(length, size), values(length, size) {
    for (Matrix* matrix : {&queries, &keys, &values})
      for (std::int64_t t = 0; t < length; ++t)
        for (auto& v : matrix->row(t)) v = static_cast<float>(random.normal() * spread);
    for (std::int64_t t = 0; t < length; ++t) {
      if (t % kCachePage == 0) storage.emplace_back(3 * cache_page_floats(size), std::nanf(""));
      write_cache(keys.row(t).data(), values.row(t).data(), size, t % kCachePage,
                  storage.back().data() + cache_page_floats(size));
    }
    for (const auto& page : storage) pages.push_back(page.data());
  }

  // Outputs of queries [first, last), by rows [begin, end) of them.
  Matrix attend(std::int64_t first, std::int64_t last, std::int64_t begin, std::int64_t end) const {
    Matrix out(last - first, heads * head_size);
    causal_attention({pages, cache_page_floats(head_size), head_size, heads, first, queries.row(first).data(),
                      heads * head_size, out.data(), heads * head_size},
                     begin, end);
    return out;
  }

  // Row t of head g in doubles.
  std::vector<double> truth(std::int64_t t, std::int64_t g) const {
    std::vector<double> weights, out(head_size);
    for (std::int64_t j = 0; j <= t; ++j) {
      double score = 0;
      for (std::int64_t i = 0; i < head_size; ++i) score += double{queries.row(t)[g * head_size + i]} * keys.row(j)[i];
      weights.push_back(score / std::sqrt(static_cast<double>(head_size)));
    }
    const double maximum = *std::max_element(weights.begin(), weights.end());
    double sum = 0;
    for (auto& w : weights) sum += w = std::exp(w - maximum);
    for (std::int64_t j = 0; j <= t; ++j)
      for (std::int64_t d = 0; d < head_size; ++d) out[d] += weights[j] / sum * values.row(j)[d];
    return out;
  }

  std::int64_t head_size, heads;
  Matrix queries, keys, values;
  std::vector<std::vector<float>> storage;
  std::vector<const float*> pages;
};

}  // namespace

TEST(CausalAttention, AgreesWithDoubles) {
  RandomStream random(7, "causal attention");
  for (const std::int64_t size : {16, 48, 64, 128})
    for (const std::int64_t group : {1, 2, 3, 7})
      for (const double spread : {1.0, 3.0}) {
        const Sequence sequence(75, size, group, spread, random);
        const Matrix out = sequence.attend(0, 75, 0, 75 * group);
        for (std::int64_t t = 0; t < 75; ++t)
          for (std::int64_t g = 0; g < group; ++g) {
            const auto wanted = sequence.truth(t, g);
            for (std::int64_t d = 0; d < size; ++d)
              ASSERT_NEAR(out.row(t)[g * size + d], wanted[d], 2e-5 * spread) << size << " " << group << " " << t;
          }
      }
}

TEST(CausalAttention, ARowHasTheSameBitsInAnyChunk) {
  RandomStream random(7, "causal chunks");
  for (const std::int64_t group : {1, 3, 4}) {
    const Sequence sequence(100, 64, group, 1, random);
    const Matrix whole = sequence.attend(0, 100, 0, 100 * group);
    for (const std::int64_t chunk : {1, 7, 32, 45})
      for (std::int64_t first = 0; first < 100; first += chunk) {
        const std::int64_t last = std::min<std::int64_t>(first + chunk, 100);
        const Matrix part = sequence.attend(first, last, 0, (last - first) * group);
        for (std::int64_t t = first; t < last; ++t)
          for (std::int64_t d = 0; d < 64 * group; ++d) ASSERT_EQ(part.row(t - first)[d], whole.row(t)[d]) << chunk;
      }
    const Matrix some = sequence.attend(0, 100, 5, 9);
    for (std::int64_t row = 0; row < 100 * group; ++row)
      for (std::int64_t d = 0; d < 64; ++d)
        ASSERT_EQ(some.data()[row * 64 + d], row >= 5 && row < 9 ? whole.data()[row * 64 + d] : 0.0f);
  }
}

TEST(CausalAttention, LargeScoresDoNotOverflow) {
  RandomStream random(7, "causal large");
  const Sequence sequence(40, 16, 2, 1e4, random);
  const Matrix out = sequence.attend(0, 40, 0, 80);
  for (const float v : out.values()) EXPECT_TRUE(std::isfinite(v));
}

}  // namespace genre::nn
