// Cells of a row as ids and numbers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace genre {

inline constexpr std::size_t kLongestId = 256;

// Without spaces, tabs and line ends around it.
inline std::string_view trimmed(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

// Whether `id` can be one: 1 to kLongestId bytes, no control character. `id_fault` says why not, "" where it can.
bool valid_id(std::string_view id);
std::string id_fault(std::string_view role, std::string_view id);

// The id that a cell means in this catalogue: "books:7"; the cell itself without a catalogue or where it is empty.
// `room` holds what is made.
std::string_view id_in_catalogue(std::string_view catalogue, std::string_view cell, std::string& room);

// A finite float, written with or without a sign; `number_fault` says why it is none.
std::optional<float> parse_float(std::string_view text);
std::string number_fault(std::string_view role, std::string_view text);

}  // namespace genre
