// A plain validator of JSON schemas, for tests: what the automaton's texts are held against.
#pragma once

#include <chrono>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <regex>
#include <string>

#include "genre/base/utf8.h"

namespace genre {

inline bool satisfies_type(const nlohmann::ordered_json& value, const std::string& type) {
  if (type == "integer") return value.is_number_integer();
  if (type == "number") return value.is_number();
  return value.type_name() == type;
}

inline std::size_t count_characters(const std::string& text) {
  std::size_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  return count;
}

// Formats by their parts, without regular expressions.
inline bool satisfies_date(const std::string& text) {
  int year = 0, month = 0, day = 0, read = 0;
  if (text.size() != 10 || std::sscanf(text.c_str(), "%4d-%2d-%2d%n", &year, &month, &day, &read) != 3 || read != 10)
    return false;
  return std::chrono::year_month_day(std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                     std::chrono::day(static_cast<unsigned>(day)))
      .ok();
}

inline bool satisfies_time(const std::string& text) {
  int hour = 0, minute = 0, second = 0, read = 0;
  if (std::sscanf(text.c_str(), "%2d:%2d:%2d%n", &hour, &minute, &second, &read) != 3 || read != 8) return false;
  std::string rest = text.substr(8);
  if (rest.starts_with('.')) {
    const auto digits = std::min(rest.find_first_not_of("0123456789", 1), rest.size());
    if (digits == 1) return false;
    rest = rest.substr(digits);
  }
  int zone_hour = 0, zone_minute = 0;
  if (rest != "Z") {
    if (rest.size() != 6 || (rest[0] != '+' && rest[0] != '-')) return false;
    if (std::sscanf(rest.c_str() + 1, "%2d:%2d", &zone_hour, &zone_minute) != 2) return false;
  }
  return hour < 24 && minute < 60 && second < 60 && zone_hour < 24 && zone_minute < 60;
}

inline bool satisfies_host(const std::string& text) {
  std::size_t label = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && text[i] != '.') {
      if (std::isalnum(static_cast<unsigned char>(text[i])) == 0 && text[i] != '-') return false;
      continue;
    }
    if (i == label || i - label > 63 || text[label] == '-' || text[i - 1] == '-') return false;
    label = i + 1;
  }
  return true;
}

inline bool satisfies_format(const std::string& text, const std::string& format) {
  if (format == "date") return satisfies_date(text);
  if (format == "time") return satisfies_time(text);
  if (format == "date-time")
    return text.size() > 11 && text[10] == 'T' && satisfies_date(text.substr(0, 10)) && satisfies_time(text.substr(11));
  if (format == "uuid") {
    if (text.size() != 36) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
      const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
      if (dash ? text[i] != '-' : std::isxdigit(static_cast<unsigned char>(text[i])) == 0) return false;
    }
    return true;
  }
  if (format == "email") {
    const auto at = text.find('@');
    if (at == 0 || at == std::string::npos || text.find('@', at + 1) != std::string::npos) return false;
    const std::string local = text.substr(0, at), domain = text.substr(at + 1);
    return local.find_first_of(" \"(),:;<>[]\\") == std::string::npos && local.find("..") == std::string::npos &&
           local.front() != '.' && local.back() != '.' && domain.find('.') != std::string::npos &&
           satisfies_host(domain);
  }
  if (format != "uri") return false;
  const auto scheme = text.find("://");
  if (scheme == 0 || scheme == std::string::npos || std::isalpha(static_cast<unsigned char>(text[0])) == 0)
    return false;
  const std::string rest = text.substr(scheme + 3), authority = rest.substr(0, rest.find_first_of("/?#"));
  for (std::size_t i = 0; i < rest.size(); ++i)
    if (rest[i] == '%' && !(i + 2 < rest.size() && std::isxdigit(rest[i + 1]) != 0 && std::isxdigit(rest[i + 2]) != 0))
      return false;
  return rest.find_first_of(" \"<>\\^`{|}") == std::string::npos && std::ranges::count(rest, '#') <= 1 &&
         satisfies_host(authority.substr(0, authority.find(':')));
}

inline bool satisfies(const nlohmann::ordered_json& value, const nlohmann::ordered_json& schema,
                      const nlohmann::ordered_json& root) {
  using Json = nlohmann::ordered_json;
  if (schema.contains("$ref") &&
      !satisfies(value, root.at(Json::json_pointer(schema["$ref"].get<std::string>().substr(1))), root))
    return false;
  if (schema.contains("const") && value != schema["const"]) return false;
  if (schema.contains("enum") && std::ranges::find(schema["enum"], value) == schema["enum"].end()) return false;
  if (schema.contains("anyOf") &&
      std::ranges::none_of(schema["anyOf"], [&](const Json& s) { return satisfies(value, s, root); }))
    return false;
  if (schema.contains("oneOf") &&
      std::ranges::count_if(schema["oneOf"], [&](const Json& s) { return satisfies(value, s, root); }) != 1)
    return false;
  if (schema.contains("allOf") &&
      !std::ranges::all_of(schema["allOf"], [&](const Json& s) { return satisfies(value, s, root); }))
    return false;
  if (schema.contains("type")) {
    const Json types = schema["type"].is_array() ? schema["type"] : Json::array({schema["type"]});
    if (std::ranges::none_of(types, [&](const Json& t) { return satisfies_type(value, t.get<std::string>()); }))
      return false;
  }
  if (value.is_object()) {
    for (const auto& name : schema.value("required", Json::array()))
      if (!value.contains(name.get<std::string>())) return false;
    for (const auto& [name, member] : value.items()) {
      const Json properties = schema.value("properties", Json::object());
      if (properties.contains(name) ? !satisfies(member, properties[name], root)
                                    : !schema.value("additionalProperties", true))
        return false;
    }
  }
  if (value.is_array()) {
    if (value.size() < schema.value("minItems", 0U) || value.size() > schema.value("maxItems", 1'000'000U))
      return false;
    for (const auto& item : value)
      if (schema.contains("items") && !satisfies(item, schema["items"], root)) return false;
  }
  if (value.is_string()) {
    const auto text = value.get<std::string>();
    const std::size_t length = count_characters(text);
    if (!valid_utf8(text) || length < schema.value("minLength", 0U) || length > schema.value("maxLength", 1'000'000U))
      return false;
    if (schema.contains("format") && !satisfies_format(text, schema["format"].get<std::string>())) return false;
    if (schema.contains("pattern") && !std::regex_search(text, std::regex(schema["pattern"].get<std::string>())))
      return false;
  }
  if (value.is_number()) {
    const double number = value.get<double>();
    if (number < schema.value("minimum", -1e300) || number > schema.value("maximum", 1e300)) return false;
    if (number <= schema.value("exclusiveMinimum", -1e300) || number >= schema.value("exclusiveMaximum", 1e300))
      return false;
    if (const double quotient = number / schema.value("multipleOf", number);
        number != 0 && std::abs(quotient - std::round(quotient)) > 1e-9 * std::abs(quotient))
      return false;
  }
  return true;
}

}  // namespace genre
