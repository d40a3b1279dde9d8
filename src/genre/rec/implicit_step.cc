#include "genre/rec/implicit_step.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "genre/base/error.h"
#include "genre/base/thread_pool.h"
#include "genre/linalg/dense_gram.h"
#include "genre/linalg/gemm.h"
#include "genre/linalg/least_squares.h"

namespace genre {
namespace {

constexpr std::int64_t kRows = 32;  // rows that change coordinates together

// L with L L^T = a and its inverse, lower triangles.
struct Triangle {
  Matrix lower, inverse;
};

Triangle factor(const std::vector<double>& a, std::int64_t n) {
  std::vector<double> l(n * n, 0.0), inverse(n * n, 0.0);
  double largest = 0;
  for (std::int64_t i = 0; i < n; ++i) largest = std::max(largest, a[i * n + i]);
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t j = 0; j <= i; ++j) {
      double sum = a[i * n + j];
      for (std::int64_t k = 0; k < j; ++k) sum -= l[i * n + k] * l[j * n + k];
      if (i == j && !(sum > 1e-12 * largest))
        throw Error(ErrorCode::kData, "a factor depends on the others, so that the vectors are not determined",
                    "raise l2 above 0 or use fewer factors");
      l[i * n + j] = i == j ? std::sqrt(sum) : sum / l[j * n + j];
    }
  }
  for (std::int64_t j = 0; j < n; ++j) {
    inverse[j * n + j] = 1 / l[j * n + j];
    for (std::int64_t i = j + 1; i < n; ++i) {
      double sum = 0;
      for (std::int64_t k = j; k < i; ++k) sum -= l[i * n + k] * inverse[k * n + j];
      inverse[i * n + j] = sum / l[i * n + i];
    }
  }
  Triangle out{Matrix(n, n), Matrix(n, n)};
  std::copy(l.begin(), l.end(), out.lower.data());
  std::copy(inverse.begin(), inverse.end(), out.inverse.data());
  return out;
}

class Step {
 public:
  Step(const CsrMatrix& interactions, ConstMatrixView fixed, const ImplicitStepOptions& options)
      : interactions_(interactions), options_(options), width_(fixed.cols()), columns_(fixed.rows()) {
    common_ = static_cast<float>(penalty(static_cast<double>(interactions.nonzeros()) /
                                         std::max<double>(static_cast<double>(interactions.rows), 1)));
    std::vector<double> gram = dense_gram(fixed);
    for (std::int64_t i = 0; i < width_; ++i) gram[i * width_ + i] += common_;
    const Triangle triangle = factor(gram, width_);
    into_ = PackedMatrix::pack(triangle.lower, /*transposed=*/false);      // rows: x^T L
    out_of_ = PackedMatrix::pack(triangle.inverse, /*transposed=*/false);  // x'^T L^-1
    across_ = PackedMatrix::pack(triangle.inverse, /*transposed=*/true);   // y^T L^-T
    fixed_ = Matrix(columns_, width_);
    multiply(fixed.data(), columns_, width_, across_, fixed_.data(), width_);
    if (options.l2_exponent != 0) {  // the penalties differ: what a row's is above the common one, in new coordinates
      shift_ = Matrix(width_, width_);
      multiply_serial(triangle.inverse.data(), width_, width_, across_, shift_.data(), width_);
    }
  }

  void solve(std::int64_t first, std::int64_t last, MatrixView solved) {
    const std::int64_t rows = last - first;
    Matrix x(rows, width_), prior;
    float* const from = solved.data() + first * width_;
    multiply_serial(from, rows, width_, into_, x.data(), width_);
    if (!options_.prior.empty()) {
      prior = Matrix(rows, width_);
      multiply_serial(options_.prior.data() + first * width_, rows, width_, across_, prior.data(), width_);
    }
    Scratch scratch(width_);
    for (std::int64_t r = 0; r < rows; ++r)
      row(first + r, x.row(r), prior.empty() ? std::span<const float>{} : std::as_const(prior).row(r), scratch);
    multiply_serial(x.data(), rows, width_, out_of_, from, width_);
    if (!options_.skip_empty) return;
    for (std::int64_t r = 0; r < rows; ++r) {
      if (!interactions_.row_indices(first + r).empty()) continue;
      const auto to = solved.row(first + r);
      std::fill(to.begin(), to.end(), 0.0f);
    }
  }

 private:
  struct Scratch {
    explicit Scratch(std::int64_t width) : r(width), p(width), ap(width), b(width) {}
    std::vector<float> r, p, ap, b, extra, constant, a, gather;
  };

  double penalty(double weight) const {
    const double total = static_cast<double>(columns_) + options_.alpha * weight;
    return options_.l2 * (options_.l2_exponent == 0 ? 1.0 : std::pow(total, options_.l2_exponent)) +
           options_.prior_weight;
  }

  void row(std::int64_t index, std::span<float> x, std::span<const float> prior, Scratch& s) const {
    const auto columns = interactions_.row_indices(index);
    const auto values = interactions_.row_values(index);
    s.extra.resize(columns.size());
    s.constant.resize(columns.size());
    double weight = 0;
    for (std::size_t n = 0; n < columns.size(); ++n) {
      weight += std::max(values[n], 0.0f);
      s.extra[n] = static_cast<float>(options_.alpha) * std::max(values[n], 0.0f);
      s.constant[n] = -1 - s.extra[n];
    }
    const float shift = shift_.empty() ? 0.0f : static_cast<float>(penalty(weight)) - common_;
    if (options_.exact)
      cholesky(columns, x, prior, shift, s);
    else
      conjugate_gradients(columns, x, prior, shift, s);
  }

  // out += shift S x, where S = L^-1 L^-T.
  void add_shift(float shift, std::span<const float> x, std::span<float> out) const {
    if (shift == 0) return;
    for (std::int64_t i = 0; i < width_; ++i) add_scaled(shift * x[i], shift_.row(i).data(), out.data(), width_);
  }

  void conjugate_gradients(std::span<const std::int32_t> columns, std::span<float> x, std::span<const float> prior,
                           float shift, Scratch& s) const {
    std::copy(x.begin(), x.end(), s.ap.begin());  // A x - b
    add_shift(shift, x, s.ap);
    add_normal_product(fixed_, columns, s.constant, s.extra, x, s.ap);
    for (std::int64_t i = 0; i < width_; ++i)
      s.r[i] = -s.ap[i] + (prior.empty() ? 0.0f : static_cast<float>(options_.prior_weight) * prior[i]);
    s.p = s.r;
    float square = dot(s.r.data(), s.r.data(), width_);
    const float enough = 1e-12f * std::max(square, dot(x.data(), x.data(), width_));
    for (int step = 0; step < options_.conjugate_steps && square > enough; ++step) {
      s.ap = s.p;
      add_shift(shift, s.p, s.ap);
      add_normal_product(fixed_, columns, {}, s.extra, s.p, s.ap);
      const float length = square / dot(s.p.data(), s.ap.data(), width_);
      add_scaled(length, s.p.data(), x.data(), width_);
      add_scaled(-length, s.ap.data(), s.r.data(), width_);
      const float next = dot(s.r.data(), s.r.data(), width_);
      for (std::int64_t i = 0; i < width_; ++i) s.p[i] = s.r[i] + next / square * s.p[i];
      square = next;
    }
  }

  void cholesky(std::span<const std::int32_t> columns, std::span<float> x, std::span<const float> prior, float shift,
                Scratch& s) const {
    s.a.assign(width_ * width_, 0.0f);
    if (shift != 0)
      for (std::int64_t i = 0; i < width_ * width_; ++i) s.a[i] = shift * shift_.data()[i];
    for (std::int64_t i = 0; i < width_; ++i) s.a[i * width_ + i] += 1;
    add_weighted_gram(fixed_, columns, s.extra, s.a, s.gather);
    for (float& value : s.constant) value = -value;
    sum_rows(fixed_, columns, s.constant, x);
    if (!prior.empty()) add_scaled(static_cast<float>(options_.prior_weight), prior.data(), x.data(), width_);
    solve_spd(s.a, x);
  }

  const CsrMatrix& interactions_;
  const ImplicitStepOptions& options_;
  std::int64_t width_, columns_;
  float common_ = 0;
  PackedMatrix into_, out_of_, across_;
  Matrix fixed_, shift_;
};

}  // namespace

void implicit_step(const CsrMatrix& interactions, ConstMatrixView fixed, MatrixView solved,
                   const ImplicitStepOptions& options) {
  Step step(interactions, fixed, options);
  global_pool().parallel_for(interactions.rows, kRows, [&](std::size_t begin, std::size_t end, int) {
    step.solve(static_cast<std::int64_t>(begin), static_cast<std::int64_t>(end), solved);
  });
}

}  // namespace genre
