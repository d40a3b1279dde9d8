// SHA-256 (FIPS 180-4), for digests of configurations, datasets and files.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace genre {

class Sha256 {
 public:
  Sha256();
  Sha256& update(std::string_view bytes);
  Sha256& update(std::span<const std::byte> bytes);
  std::array<std::uint8_t, 32> finish();  // once
  std::string hex();                      // finish, as 64 lower-case digits

 private:
  void block(const std::uint8_t* data);
  std::uint32_t state_[8];
  std::uint8_t buffer_[64];
  std::uint64_t length_ = 0;
};

std::string sha256_hex(std::string_view bytes);
std::string sha256_file(const std::filesystem::path& path);  // throws as MappedFile

}  // namespace genre
