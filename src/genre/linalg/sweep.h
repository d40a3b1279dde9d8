// Block sweeps of a symmetric matrix, in float or double. Private to linalg.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

#include "genre/base/error.h"
#include "genre/base/thread_pool.h"
#include "genre/linalg/kernels.h"
#include "genre/linalg/page_allocator.h"

namespace genre::linalg {

// The tile product of one precision: c (rows x cols) += a b with a packed in strips of mr rows.
template <class T>
struct Tile {
  static std::int64_t mr() { return std::is_same_v<T, float> ? kernels().float_mr : kernels().double_mr; }
  static std::int64_t nr() { return std::is_same_v<T, float> ? kernels().float_nr : kernels().double_nr; }
  static void add(const T* a, std::int64_t rows, std::int64_t depth, const T* panel, T* c, std::int64_t ldc,
                  std::int64_t cols) {
    if constexpr (std::is_same_v<T, float>)
      kernels().float_tile(a, 1, mr(), static_cast<int>(rows), depth, panel, c, ldc, static_cast<int>(cols),
                           {nullptr, Activation::kNone, c});
    else
      kernels().double_tile(a, 1, mr(), static_cast<int>(rows), depth, panel, 1, c, ldc, static_cast<int>(cols));
  }
};

// Turns a symmetric positive definite A into -A^-1 by sweeping all its pivots. A is n x n with row stride n; of the
// blocks of B x B only those on and below the diagonal are read and written, whole. For a block pivot D with the rows C
// beside it, D becomes -D^-1, C becomes C D^-1, and C D^-1 C^T goes off everything else.
template <class T>
class Sweep {
 public:
  // `first` is the number of the first pivot, for the message of a failure. With `parallel` on the global pool.
  Sweep(T* a, std::int64_t n, std::int64_t block, std::int64_t first, bool parallel)
      : a_(a), n_(n), b_(block), first_(first), parallel_(parallel), blocks_((n + block - 1) / block) {}

  void run() {
    if (n_ <= kSmall) return sweep_plainly();
    strips_.resize((n_ + blocks_ * Tile<T>::mr()) * b_);
    panels_.resize((n_ + blocks_ * Tile<T>::nr()) * b_);
    for (std::int64_t k = 0; k < blocks_; ++k) sweep_block(k);
  }

 private:
  static constexpr std::int64_t kSmall = 24;

  std::int64_t size(std::int64_t i) const { return std::min(b_, n_ - i * b_); }
  T* at(std::int64_t i, std::int64_t j) { return a_ + i * b_ * n_ + j * b_; }

  void for_each(std::int64_t count, const auto& body) {
    if (!parallel_) {
      for (std::int64_t i = 0; i < count; ++i) body(i);
      return;
    }
    global_pool().parallel_for(static_cast<std::size_t>(count), 1, [&](std::size_t begin, std::size_t end, int) {
      for (std::size_t i = begin; i < end; ++i) body(static_cast<std::int64_t>(i));
    });
  }

  void sweep_plainly() {
    for (std::int64_t k = 0; k < n_; ++k) {
      const T pivot = a_[k * n_ + k];
      if (!(pivot > 0) || pivot > std::numeric_limits<T>::max())
        throw Error(ErrorCode::kData,
                    "the matrix is not positive definite: pivot " + std::to_string(first_ + k) + " is not positive",
                    "raise the l2 penalty");
      const T inverse = 1 / pivot;
      for (std::int64_t i = 0; i < n_; ++i) {
        if (i == k) continue;
        const T factor = a_[i * n_ + k] * inverse;
        for (std::int64_t j = 0; j < n_; ++j)
          if (j != k) a_[i * n_ + j] -= factor * a_[k * n_ + j];
      }
      for (std::int64_t i = 0; i < n_; ++i) a_[i * n_ + k] = a_[k * n_ + i] = a_[i * n_ + k] * inverse;
      a_[k * n_ + k] = -inverse;
    }
  }

  // Strips and panels of the rows of block i: their rows of C D^-1, negated, and the columns of C^T.
  T* strip(std::int64_t i) { return strips_.data() + (i * (b_ + Tile<T>::mr())) * b_; }
  T* panel(std::int64_t i) { return panels_.data() + (i * (b_ + Tile<T>::nr())) * b_; }

  void sweep_block(std::int64_t k) {
    const std::int64_t depth = size(k);
    std::vector<double> pivot(depth * depth);
    for (std::int64_t r = 0; r < depth; ++r)
      for (std::int64_t c = 0; c < depth; ++c) pivot[r * depth + c] = static_cast<double>(at(k, k)[r * n_ + c]);
    Sweep<double>(pivot.data(), depth, kSmall, first_ + k * b_, /*parallel=*/false).run_inside();
    const PageVector<T> right = inverse_panels(pivot, depth);
    for_each(blocks_, [&](std::int64_t i) {
      if (i != k) divide(i, k, depth, right);
    });
    // Block rows from below: the longest first.
    for_each(blocks_ * (blocks_ + 1) / 2, [&](std::int64_t t) {
      std::int64_t i = 0;
      while ((i + 1) * (i + 2) / 2 <= t) ++i;
      const std::int64_t j = t - i * (i + 1) / 2;
      if (i != k && j != k) update(i, j, depth);
    });
    for (std::int64_t r = 0; r < depth; ++r)
      for (std::int64_t c = 0; c < depth; ++c) at(k, k)[r * n_ + c] = static_cast<T>(pivot[r * depth + c]);
  }

  // A block of doubles whose triangle above the blocks' diagonal is wanted too.
  template <class>
  friend class Sweep;
  void run_inside() {
    run();
    for (std::int64_t r = 0; r < n_; ++r)
      for (std::int64_t c = (r / b_ + 1) * b_; c < n_; ++c) a_[r * n_ + c] = a_[c * n_ + r];
  }

  // D^-1 as panels of nr columns, depth x depth.
  PageVector<T> inverse_panels(const std::vector<double>& negated, std::int64_t depth) const {
    const std::int64_t nr = Tile<T>::nr(), count = (depth + nr - 1) / nr;
    PageVector<T> out(count * nr * depth);
    for (std::int64_t p = 0; p < depth; ++p)
      for (std::int64_t c = 0; c < depth; ++c)
        out[(c / nr) * nr * depth + p * nr + c % nr] = static_cast<T>(-negated[p * depth + c]);
    return out;
  }

  // to gets factor x c (rows x depth) in strips of `width` rows: element (r, p) of a strip at p * width + r.
  static void pack(T factor, const T* c, std::int64_t rows, std::int64_t depth, std::int64_t width, T* to) {
    for (std::int64_t r0 = 0; r0 < rows; r0 += width)
      for (std::int64_t r = 0; r < std::min(width, rows - r0); ++r)
        for (std::int64_t p = 0; p < depth; ++p) to[r0 * depth + p * width + r] = factor * c[(r0 + r) * depth + p];
  }

  // Packs the rows C_i of block i, replaces them by C_i D^-1 and packs those.
  void divide(std::int64_t i, std::int64_t k, std::int64_t depth, const PageVector<T>& right) {
    const std::int64_t rows = size(i), mr = Tile<T>::mr(), nr = Tile<T>::nr();
    std::vector<T> c(rows * depth), u(rows * depth);
    if (i > k)
      for (std::int64_t r = 0; r < rows; ++r) std::copy_n(at(i, k) + r * n_, depth, c.data() + r * depth);
    else
      for (std::int64_t p = 0; p < depth; ++p)
        for (std::int64_t r = 0; r < rows; ++r) c[r * depth + p] = at(k, i)[p * n_ + r];
    pack(1, c.data(), rows, depth, nr, panel(i));
    pack(1, c.data(), rows, depth, mr, strip(i));
    for (std::int64_t c0 = 0; c0 < depth; c0 += nr)
      for (std::int64_t r0 = 0; r0 < rows; r0 += mr)
        Tile<T>::add(strip(i) + r0 * depth, std::min(mr, rows - r0), depth, right.data() + c0 * depth,
                     u.data() + r0 * depth + c0, depth, std::min(nr, depth - c0));
    if (i > k)
      for (std::int64_t r = 0; r < rows; ++r) std::copy_n(u.data() + r * depth, depth, at(i, k) + r * n_);
    else
      for (std::int64_t p = 0; p < depth; ++p)
        for (std::int64_t r = 0; r < rows; ++r) at(k, i)[p * n_ + r] = u[r * depth + p];
    pack(-1, u.data(), rows, depth, mr, strip(i));
  }

  void update(std::int64_t i, std::int64_t j, std::int64_t depth) {
    const std::int64_t rows = size(i), cols = size(j), mr = Tile<T>::mr(), nr = Tile<T>::nr();
    for (std::int64_t c0 = 0; c0 < cols; c0 += nr)
      for (std::int64_t r0 = 0; r0 < rows; r0 += mr)
        Tile<T>::add(strip(i) + r0 * depth, std::min(mr, rows - r0), depth, panel(j) + c0 * depth,
                     at(i, j) + r0 * n_ + c0, n_, std::min(nr, cols - c0));
  }

  T* a_;
  std::int64_t n_, b_, first_;
  bool parallel_;
  std::int64_t blocks_;
  PageVector<T> strips_, panels_;
};

}  // namespace genre::linalg
