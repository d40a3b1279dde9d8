// Text of any encoding that iconv knows as UTF-8, in front of whatever reads lines.
#pragma once

#include <memory>
#include <string>

#include "genre/data/byte_stream.h"

namespace genre {

// A sequence that `encoding` does not have comes out as the byte 0xFF, which no UTF-8 text has, so that its row and
// no other is found faulty. "latin-1" takes Windows-1252 too; UTF-16 and UTF-32 follow the byte order mark. "utf-8"
// gives `bytes` back as it is. Names ignore case and, for utf-8 and latin-1, the hyphen. Throws Error(kConfig) for an
// encoding that iconv does not know, with the nearest.
std::unique_ptr<ByteStream> decoded(std::unique_ptr<ByteStream> bytes, const std::string& encoding);

bool is_utf8_name(const std::string& encoding);

}  // namespace genre
