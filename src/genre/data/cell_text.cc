#include "genre/data/cell_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

namespace genre {
namespace {

bool control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

}  // namespace

bool valid_id(std::string_view id) {
  return !id.empty() && id.size() <= kLongestId && std::none_of(id.begin(), id.end(), control);
}

std::string id_fault(std::string_view role, std::string_view id) {
  if (id.empty()) return fmt::format("{} is missing", role);
  if (id.size() > kLongestId)
    return fmt::format("{} is {} bytes long, at most {} are allowed", role, id.size(), kLongestId);
  return valid_id(id) ? std::string() : fmt::format("{} has a control character", role);
}

std::string_view id_in_catalogue(std::string_view catalogue, std::string_view cell, std::string& room) {
  if (catalogue.empty() || cell.empty()) return cell;
  room.assign(catalogue).append(":").append(cell);
  return room;
}

std::optional<float> parse_float(std::string_view text) {
  // Most values are a digit or two, and from_chars is a large part of reading them.
  if (text.size() == 1 && text[0] >= '0' && text[0] <= '9') return static_cast<float>(text[0] - '0');
  if (text.starts_with('+')) text.remove_prefix(1);
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (!(std::abs(number) <= static_cast<double>(std::numeric_limits<float>::max()))) return std::nullopt;
  return static_cast<float>(number);
}

std::string number_fault(std::string_view role, std::string_view text) {
  if (text.empty()) return fmt::format("{} is missing", role);
  const std::string_view digits = text.starts_with('+') ? text.substr(1) : text;
  double number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error == std::errc::invalid_argument || end != digits.data() + digits.size())
    return fmt::format("{} '{}' is not a number", role, text);
  return fmt::format("{} '{}' is not finite", role, text);
}

}  // namespace genre
