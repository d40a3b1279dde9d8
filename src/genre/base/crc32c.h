// CRC-32C (Castagnoli), the checksum of iSCSI (RFC 3720) and of TFRecord files.
#pragma once

#include <cstdint>
#include <string_view>

namespace genre {

std::uint32_t crc32c(std::string_view bytes);

}  // namespace genre
