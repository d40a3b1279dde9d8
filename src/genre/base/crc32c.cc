#include "genre/base/crc32c.h"

#include <array>

namespace genre {
namespace {

constexpr std::array<std::uint32_t, 256> kTable = [] {
  std::array<std::uint32_t, 256> out{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t value = byte;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) != 0 ? 0x82F63B78u : 0u);
    out[byte] = value;
  }
  return out;
}();

}  // namespace

std::uint32_t crc32c(std::string_view bytes) {
  std::uint32_t out = 0xFFFFFFFFu;
  for (const char byte : bytes) out = (out >> 8) ^ kTable[(out ^ static_cast<unsigned char>(byte)) & 0xFFu];
  return ~out;
}

}  // namespace genre
