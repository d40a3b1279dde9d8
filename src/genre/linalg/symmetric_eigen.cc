#include "genre/linalg/symmetric_eigen.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>

namespace genre {
namespace {

constexpr int kMaximumSweeps = 60;  // convergence is quadratic: six to ten are usual

// x and y become c x - s y and s x + c y, at n places `stride` apart.
void rotate(double* x, double* y, std::int64_t n, std::int64_t stride, double c, double s) {
  for (std::int64_t i = 0; i < n * stride; i += stride) {
    const double a = x[i], b = y[i];
    x[i] = c * a - s * b;
    y[i] = s * a + c * b;
  }
}

}  // namespace

SymmetricEigen symmetric_eigen(std::vector<double> a, std::int64_t n) {
  assert(static_cast<std::int64_t>(a.size()) == n * n);
  std::vector<double> v(n * n, 0.0);
  for (std::int64_t i = 0; i < n; ++i) v[i * n + i] = 1;
  double squares = 0;
  for (const double x : a) squares += x * x;
  const double negligible = 1e-30 * squares;
  for (int sweep = 0; sweep < kMaximumSweeps; ++sweep) {
    double off = 0;
    for (std::int64_t p = 0; p < n; ++p)
      for (std::int64_t q = p + 1; q < n; ++q) off += a[p * n + q] * a[p * n + q];
    if (off <= negligible) break;
    for (std::int64_t p = 0; p < n; ++p) {
      for (std::int64_t q = p + 1; q < n; ++q) {
        const double apq = a[p * n + q];
        if (apq * apq <= negligible / static_cast<double>(n * n)) continue;
        const double theta = (a[q * n + q] - a[p * n + p]) / (2 * apq);
        const double t = (theta >= 0 ? 1 : -1) / (std::abs(theta) + std::sqrt(theta * theta + 1));
        const double c = 1 / std::sqrt(t * t + 1), s = t * c;
        rotate(a.data() + p * n, a.data() + q * n, n, 1, c, s);
        rotate(a.data() + p, a.data() + q, n, n, c, s);
        rotate(v.data() + p * n, v.data() + q * n, n, 1, c, s);
      }
    }
  }
  std::vector<std::int64_t> order(n);
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::int64_t i, std::int64_t j) { return a[i * n + i] > a[j * n + j]; });
  SymmetricEigen out{std::vector<double>(n), std::vector<double>(n * n)};
  for (std::int64_t j = 0; j < n; ++j) {
    out.values[j] = a[order[j] * n + order[j]];
    std::copy_n(v.data() + order[j] * n, n, out.vectors.data() + j * n);
  }
  return out;
}

}  // namespace genre
