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

}  // namespace genre
