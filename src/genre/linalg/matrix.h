// Dense row-major float matrices: an owner and two views. Row r starts at data() + r * cols(); there is no padding.
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "genre/linalg/page_allocator.h"

namespace genre {

// Read-only R x C view.
class ConstMatrixView {
 public:
  ConstMatrixView() = default;
  ConstMatrixView(const float* data, std::int64_t rows, std::int64_t cols) : data_(data), rows_(rows), cols_(cols) {}
  std::int64_t rows() const { return rows_; }
  std::int64_t cols() const { return cols_; }
  const float* data() const { return data_; }
  std::span<const float> row(std::int64_t r) const {
    assert(r >= 0 && r < rows_);
    return {data_ + r * cols_, static_cast<std::size_t>(cols_)};
  }
  bool empty() const { return rows_ == 0 || cols_ == 0; }

 private:
  const float* data_ = nullptr;
  std::int64_t rows_ = 0, cols_ = 0;
};

// Writable R x C view.
class MatrixView {
 public:
  MatrixView(float* data, std::int64_t rows, std::int64_t cols) : data_(data), rows_(rows), cols_(cols) {}
  std::int64_t rows() const { return rows_; }
  std::int64_t cols() const { return cols_; }
  float* data() const { return data_; }
  std::span<float> row(std::int64_t r) const {
    assert(r >= 0 && r < rows_);
    return {data_ + r * cols_, static_cast<std::size_t>(cols_)};
  }
  operator ConstMatrixView() const { return {data_, rows_, cols_}; }

 private:
  float* data_;
  std::int64_t rows_, cols_;
};

class Matrix {
 public:
  Matrix() = default;
  Matrix(std::int64_t rows, std::int64_t cols)
      : rows_(rows), cols_(cols), values_(static_cast<std::size_t>(rows * cols)) {}
  std::int64_t rows() const { return rows_; }
  std::int64_t cols() const { return cols_; }
  float* data() { return values_.data(); }
  const float* data() const { return values_.data(); }
  std::span<float> row(std::int64_t r) { return view().row(r); }
  std::span<const float> row(std::int64_t r) const { return view().row(r); }
  std::span<const float> values() const { return values_; }
  MatrixView view() { return {values_.data(), rows_, cols_}; }
  ConstMatrixView view() const { return {values_.data(), rows_, cols_}; }
  operator ConstMatrixView() const { return view(); }
  bool empty() const { return values_.empty(); }

 private:
  std::int64_t rows_ = 0, cols_ = 0;
  PageVector<float> values_;
};

}  // namespace genre
