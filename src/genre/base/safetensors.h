// The safetensors file format: u64 little-endian header length, JSON header, then data. Model weights, prepared
// datasets and artifacts all use it. Format: https://github.com/huggingface/safetensors (format section).
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "genre/base/file.h"

namespace genre {

enum class DType { kU8, kI8, kI16, kI32, kI64, kF16, kBF16, kF32, kF64 };
std::size_t dtype_size(DType dtype);
std::string_view dtype_name(DType dtype);  // "F32", ...

template <class T>
constexpr DType dtype_of();
template <>
constexpr DType dtype_of<std::uint8_t>() {
  return DType::kU8;
}
template <>
constexpr DType dtype_of<std::int32_t>() {
  return DType::kI32;
}
template <>
constexpr DType dtype_of<std::int64_t>() {
  return DType::kI64;
}
template <>
constexpr DType dtype_of<float>() {
  return DType::kF32;
}
template <>
constexpr DType dtype_of<double>() {
  return DType::kF64;
}

// A tensor inside an open file: row-major, valid as long as the file object.
struct TensorView {
  DType dtype = DType::kF32;
  std::vector<std::int64_t> shape;
  std::span<const std::byte> bytes;
  std::int64_t elements() const;
};

// Memory-mapped and validated before use: header length (at most 100 MB), JSON, dtypes, shapes, offsets in bounds,
// without holes or overlaps, sizes equal to elements x size. Throws Error(kNotFound) or Error(kData) that names the
// file and the fault. Immutable, so shareable between threads.
class SafetensorsFile {
 public:
  explicit SafetensorsFile(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return path_; }
  const std::map<std::string, TensorView>& tensors() const { return tensors_; }
  const std::map<std::string, std::string>& metadata() const { return metadata_; }
  bool has(const std::string& name) const { return tensors_.contains(name); }
  const TensorView& at(const std::string& name) const;  // throws Error(kData) that lists the nearest name

  // The elements of `name`, which must have dtype T; `shape` (when not empty) must match, -1 standing for any size.
  template <class T>
  std::span<const T> values(const std::string& name, const std::vector<std::int64_t>& shape = {}) const {
    const TensorView& tensor = checked(name, dtype_of<T>(), shape);
    return {reinterpret_cast<const T*>(tensor.bytes.data()), tensor.bytes.size() / sizeof(T)};
  }

 private:
  const TensorView& checked(const std::string& name, DType dtype, const std::vector<std::int64_t>& shape) const;
  std::filesystem::path path_;
  MappedFile file_;
  std::map<std::string, TensorView> tensors_;
  std::map<std::string, std::string> metadata_;
};

// Collects views and writes them in one go; the caller keeps the memory alive until write() returns.
class SafetensorsWriter {
 public:
  void set_metadata(std::string key, std::string value) { metadata_[std::move(key)] = std::move(value); }
  // Product of shape must equal values.size().
  template <class T>
  void add(const std::string& name, std::span<const T> values, std::vector<std::int64_t> shape) {
    add_bytes(name, dtype_of<T>(), std::move(shape), std::as_bytes(values));
  }
  void add_bytes(const std::string& name, DType dtype, std::vector<std::int64_t> shape,
                 std::span<const std::byte> bytes);
  void write(const std::filesystem::path& path) const;  // atomic; throws Error(kResources)

 private:
  std::map<std::string, TensorView> tensors_;
  std::map<std::string, std::string> metadata_;
};

}  // namespace genre
