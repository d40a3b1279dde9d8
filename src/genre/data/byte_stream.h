// The bytes of a file in order, decompressed as its ending says: .gz (also of several members) or .zst.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>

namespace genre {

class ByteStream {
 public:
  virtual ~ByteStream() = default;
  // Fills the front of `out` and returns how many bytes; 0 at the end. Throws Error(kData) on damaged compression.
  virtual std::size_t read(std::span<char> out) = 0;
};

// Throws Error(kNotFound), or Error(kData) where the bytes are not what the ending says.
std::unique_ptr<ByteStream> open_byte_stream(const std::filesystem::path& path);

}  // namespace genre
