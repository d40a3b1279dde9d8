// UTF-8 checks and conversion at the border: everything inside is valid UTF-8.
#pragma once

#include <string>
#include <string_view>

namespace genre {

bool valid_utf8(std::string_view bytes);  // shortest forms only, no surrogates, up to U+10FFFF
// Bytes of ISO 8859-1 as UTF-8; 0x80 to 0x9F are read as Windows-1252, whose writers call it latin-1 too.
std::string latin1_to_utf8(std::string_view bytes);
// Bytes that are not UTF-8 become \xHH; for showing bad input.
std::string printable_utf8(std::string_view bytes);

}  // namespace genre
