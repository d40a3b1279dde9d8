// The alphabet of byte-level vocabularies: a printable character for each byte.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace genre {

// GPT-2's: bytes that print stand for themselves, the others for U+0100 and on. Source: bytes_to_unicode of
// https://github.com/openai/gpt-2/blob/master/src/encoder.py
char32_t byte_character(unsigned char byte);
// The bytes that a token of such a vocabulary stands for, or none where it has a character of no byte.
std::optional<std::string> bytes_of_characters(std::string_view token);

// The token of a byte in vocabularies that fall back to bytes: <0x00> to <0xFF>.
std::string byte_token(unsigned char byte);

}  // namespace genre
