// Writes GGUF files, version 3.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "genre/base/gguf.h"

namespace genre {

// Collects metadata and views of tensors and writes them in one go, in order of their names; the caller keeps the
// memory of tensors alive until write() returns. A key or name that is given again takes the place of the first.
class GgufWriter {
 public:
  void set_integer(const std::string& key, std::uint32_t value);
  void set_number(const std::string& key, float value);
  void set_boolean(const std::string& key, bool value);
  void set_text(const std::string& key, std::string_view value);
  void set_integers(const std::string& key, std::span<const std::int32_t> values);
  void set_numbers(const std::string& key, std::span<const float> values);
  void set_texts(const std::string& key, std::span<const std::string> values);
  // Type and value as GgufFile::encoded gives them.
  void set_encoded(const std::string& key, std::span<const std::byte> type_and_value);

  // `shape` is row-major, its last size whole blocks; bytes.size() is what they take.
  void add(const std::string& name, BlockFormat format, std::vector<std::int64_t> shape,
           std::span<const std::byte> bytes);
  void write(const std::filesystem::path& path) const;  // atomic; throws Error(kResources)

 private:
  std::map<std::string, std::string> metadata_;  // encoded
  std::map<std::string, GgufTensor> tensors_;
};

}  // namespace genre
