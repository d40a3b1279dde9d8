// The GGUF file format, versions 2 and 3: metadata and tensors of quantised models. Format:
// https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "genre/base/file.h"

namespace genre {

// How the elements of a tensor are stored; the numbers are those of the file.
enum class BlockFormat : std::uint32_t {
  kF32 = 0,
  kF16 = 1,
  kQ4_0 = 2,
  kQ4_1 = 3,
  kQ8_0 = 8,
  kQ4_K = 12,
  kQ6_K = 14,
  kBF16 = 30,
};
struct BlockShape {
  std::int64_t elements;  // of a block; rows are whole numbers of blocks
  std::int64_t bytes;
};
BlockShape block_shape(BlockFormat format);
std::optional<BlockFormat> block_format_from(std::uint32_t number);  // none where the number is of another format
std::string_view block_format_name(BlockFormat format);              // "Q4_1", ...

using GgufArray = std::variant<std::vector<std::int64_t>, std::vector<double>, std::vector<std::string>>;
using GgufValue = std::variant<bool, std::int64_t, std::uint64_t, double, std::string, GgufArray>;

// A tensor inside an open file, valid as long as the file object. `shape` is row-major: the last size is the contiguous
// one, the other way round than in the file.
struct GgufTensor {
  BlockFormat format = BlockFormat::kF32;
  std::vector<std::int64_t> shape;
  std::span<const std::byte> bytes;
  std::int64_t elements() const;
};

// Memory-mapped and validated before use: magic, version, every count, length and offset against the size of the file
// in arithmetic that cannot overflow, alignment, names that are given twice, formats, overlaps. What is allocated is at
// most eight times the bytes of the metadata. Arrays of arrays are refused. Throws Error(kNotFound) or Error(kData)
// that names the file and the fault. Immutable, so shareable between threads.
class GgufFile {
 public:
  explicit GgufFile(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return path_; }
  const std::map<std::string, GgufValue, std::less<>>& metadata() const { return metadata_; }
  const std::map<std::string, GgufTensor, std::less<>>& tensors() const { return tensors_; }
  bool has(std::string_view name) const { return tensors_.contains(name); }
  const GgufTensor& at(std::string_view name) const;  // throws Error(kData) that names the nearest tensor

  // Type and value of a key as they lie in the file: what GgufWriter copies without loss. Empty where absent.
  std::span<const std::byte> encoded(std::string_view key) const;

  // A metadata value, or none where the key is absent. Throws Error(kData) where it has another type. Integers of every
  // width are integers, floats of every width numbers; a whole number is a number too.
  std::optional<std::int64_t> integer(std::string_view key) const;
  std::optional<double> number(std::string_view key) const;
  std::optional<bool> boolean(std::string_view key) const;
  std::optional<std::string> text(std::string_view key) const;
  const std::vector<std::string>* texts(std::string_view key) const;      // null where absent
  const std::vector<std::int64_t>* integers(std::string_view key) const;  // likewise
  const std::vector<double>* numbers(std::string_view key) const;         // likewise

 private:
  std::filesystem::path path_;
  MappedFile file_;
  std::map<std::string, GgufValue, std::less<>> metadata_;
  std::map<std::string, std::span<const std::byte>, std::less<>> encoded_;
  std::map<std::string, GgufTensor, std::less<>> tensors_;
};

}  // namespace genre
