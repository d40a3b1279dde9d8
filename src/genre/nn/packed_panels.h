// How the weights of int8 and bf16 products lie. Private to nn.
#pragma once

#include <cstddef>
#include <cstdint>

#include "genre/linalg/page_allocator.h"

namespace genre::nn {

// N outputs x K inputs in panels of NR outputs, one after the other: for every kTogether inputs, which fill 32 bits,
// those of each output of the panel. Zeros beyond N and K.
template <class T>
class PackedPanels {
 public:
  static constexpr std::int64_t kTogether = 4 / sizeof(T);

  PackedPanels() = default;
  // Depth becomes K in whole steps, a multiple of kTogether.
  PackedPanels(std::int64_t rows, std::int64_t cols, std::int64_t nr, std::int64_t step)
      : rows_(rows), cols_(cols), nr_(nr), depth_((cols + step - 1) / step * step) {
    values_.assign(static_cast<std::size_t>(panels() * nr_ * depth_), T{});
  }

  std::int64_t rows() const { return rows_; }  // N
  std::int64_t cols() const { return cols_; }  // K
  std::int64_t nr() const { return nr_; }
  std::int64_t depth() const { return depth_; }
  std::int64_t panels() const { return (rows_ + nr_ - 1) / nr_; }
  std::size_t bytes() const { return values_.size() * sizeof(T); }
  const T* panel(std::int64_t p) const { return values_.data() + p * nr_ * depth_; }

  T& at(std::int64_t n, std::int64_t k) { return values_[place(n, k)]; }
  T at(std::int64_t n, std::int64_t k) const { return values_[place(n, k)]; }

 private:
  std::size_t place(std::int64_t n, std::int64_t k) const {
    return n / nr_ * nr_ * depth_ + k / kTogether * kTogether * nr_ + n % nr_ * kTogether + k % kTogether;
  }

  std::int64_t rows_ = 0, cols_ = 0, nr_ = 1, depth_ = 0;
  PageVector<T> values_;
};

}  // namespace genre::nn
