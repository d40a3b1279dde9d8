#include "genre/linalg/spd_inverse.h"

#include <cmath>
#include <limits>
#include <vector>

#include "genre/base/random.h"
#include "genre/linalg/gemm.h"
#include "genre/linalg/sweep.h"

namespace genre {
namespace {

constexpr std::int64_t kBlock = 192;  // a multiple of every tile; a block's strips stay in the second-level cache
constexpr std::int64_t kRows = 64;    // of one task
constexpr double kLargestFault = 1e-3;

void for_rows(std::int64_t n, const auto& body) {
  global_pool().parallel_for(static_cast<std::size_t>((n + kRows - 1) / kRows), 1,
                             [&](std::size_t begin, std::size_t end, int) {
                               for (std::size_t t = begin; t < end; ++t) {
                                 const auto first = static_cast<std::int64_t>(t) * kRows;
                                 body(static_cast<std::int64_t>(t), first, std::min(first + kRows, n));
                               }
                             });
}

// The triangles that the sweep works on (blocks on and below the diagonal, whole) become -a, those above follow.
void negate_and_mirror(MatrixView a) {
  const std::int64_t n = a.rows();
  for_rows(n, [&](std::int64_t, std::int64_t first, std::int64_t last) {
    for (std::int64_t c0 = 0; c0 < last; c0 += kRows) {
      for (std::int64_t r = first; r < last; ++r) {
        float* const row = a.data() + r * n;
        for (std::int64_t c = c0; c < std::min(c0 + kRows, r + 1); ++c) row[c] = -row[c];
      }
      for (std::int64_t c = c0; c < std::min(c0 + kRows, last); ++c)
        for (std::int64_t r = std::max(first, c + 1); r < last; ++r) a.data()[c * n + r] = a.data()[r * n + c];
    }
  });
}

// y = S x for a symmetric S of which row(r) shows one triangle: columns [0, r] (lower) or [r, n).
std::vector<float> multiply_triangle(std::int64_t n, bool lower, const auto& row, const std::vector<float>& x) {
  std::vector<std::vector<float>> parts((n + kRows - 1) / kRows);
  for_rows(n, [&](std::int64_t task, std::int64_t first, std::int64_t last) {
    std::vector<float>& y = parts[task];
    y.assign(n, 0.0f);
    for (std::int64_t r = first; r < last; ++r) {
      const std::int64_t begin = lower ? 0 : r + 1, count = lower ? r : n - r - 1;
      const float* const values = row(r);
      y[r] += values[r] * x[r] + dot(values + begin, x.data() + begin, count);
      add_scaled(x[r], values + begin, y.data() + begin, count);
    }
  });
  std::vector<float> out(n);
  for (std::int64_t i = 0; i < n; ++i) {
    double sum = 0;
    for (const auto& part : parts) sum += static_cast<double>(part[i]);
    out[i] = static_cast<float>(sum);
  }
  return out;
}

// What sweeping overwrites beside the lower triangle: the blocks on the diagonal.
class DiagonalBlocks {
 public:
  explicit DiagonalBlocks(MatrixView a) : a_(a), n_(a.rows()), saved_(n_ * kBlock) { each(/*save=*/true); }
  void restore() { each(/*save=*/false); }

  // to[r .. n) = row r of the upper triangle with its diagonal.
  void copy_upper_row(std::int64_t r, std::vector<float>& to) const {
    const std::int64_t first = r / kBlock * kBlock, inside = std::min(first + kBlock, n_);
    std::copy_n(saved_.data() + r * kBlock + r - first, inside - r, to.data() + r);
    std::copy(a_.data() + r * n_ + inside, a_.data() + (r + 1) * n_, to.data() + inside);
  }

 private:
  void each(bool save) {
    for (std::int64_t r = 0; r < n_; ++r) {
      const std::int64_t first = r / kBlock * kBlock, last = std::min(first + kBlock, n_);
      for (std::int64_t c = first; c < last; ++c) {
        float& there = a_.data()[r * n_ + c];
        float& here = saved_[r * kBlock + c - first];
        save ? here = there : there = here;
      }
    }
  }
  MatrixView a_;
  std::int64_t n_;
  std::vector<float> saved_;
};

// max |A P v - v| for a random v of signs, where -P is below the diagonal of a and A above it.
double fault(MatrixView a, const DiagonalBlocks& original) {
  const std::int64_t n = a.rows();
  RandomStream random(static_cast<std::uint64_t>(n), "check of an inverse");
  std::vector<float> v(n);
  for (float& x : v) x = random.below(2) == 0 ? 1.0f : -1.0f;
  const std::vector<float> negated = multiply_triangle(
      n, /*lower=*/true, [&](std::int64_t r) { return a.data() + r * n; }, v);
  const auto upper_row = [&](std::int64_t r) {
    thread_local std::vector<float> row;
    row.resize(n);
    original.copy_upper_row(r, row);
    return static_cast<const float*>(row.data());
  };
  const std::vector<float> back = multiply_triangle(n, /*lower=*/false, upper_row, negated);
  double worst = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    const double error = std::abs(static_cast<double>(back[i]) + v[i]);
    if (!(error <= worst)) worst = error;  // NaN stays
  }
  return worst;
}

// The upper triangle to the lower one.
void mirror_upper(MatrixView a) {
  const std::int64_t n = a.rows();
  for_rows(n, [&](std::int64_t, std::int64_t first, std::int64_t last) {
    for (std::int64_t c0 = first; c0 < n; c0 += kRows)
      for (std::int64_t c = c0; c < std::min(c0 + kRows, n); ++c)
        for (std::int64_t r = first; r < std::min(last, c); ++r) a.data()[c * n + r] = a.data()[r * n + c];
  });
}

}  // namespace

void invert_spd_in_double(MatrixView a) {
  assert(a.rows() == a.cols());
  const std::int64_t n = a.rows();
  std::vector<double> copy(a.data(), a.data() + n * n);
  linalg::Sweep<double>(copy.data(), n, kBlock, 0, /*parallel=*/true).run();
  for_rows(n, [&](std::int64_t, std::int64_t first, std::int64_t last) {
    for (std::int64_t r = first; r < last; ++r)
      for (std::int64_t c = 0; c <= r; ++c) a.data()[r * n + c] = static_cast<float>(copy[r * n + c]);
  });
  negate_and_mirror(a);
}

void invert_spd(MatrixView a) {
  assert(a.rows() == a.cols());
  if (a.rows() == 0) return;
  DiagonalBlocks original(a);
  try {
    linalg::Sweep<float>(a.data(), a.rows(), kBlock, 0, /*parallel=*/true).run();
    if (fault(a, original) <= kLargestFault) return negate_and_mirror(a);
  } catch (const Error&) {
    // Double may still find every pivot positive.
  }
  original.restore();
  mirror_upper(a);
  invert_spd_in_double(a);
}

}  // namespace genre
