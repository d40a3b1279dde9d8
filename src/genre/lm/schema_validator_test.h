// A plain validator of JSON schemas, for tests: what the automaton's texts are held against.
#pragma once

#include <nlohmann/json.hpp>
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

inline bool satisfies(const nlohmann::ordered_json& value, const nlohmann::ordered_json& schema,
                      const nlohmann::ordered_json& root) {
  using Json = nlohmann::ordered_json;
  if (schema.contains("$ref"))
    return satisfies(value, root.at(Json::json_pointer(schema["$ref"].get<std::string>().substr(1))), root);
  if (schema.contains("const") && value != schema["const"]) return false;
  if (schema.contains("enum") && std::ranges::find(schema["enum"], value) == schema["enum"].end()) return false;
  if (schema.contains("anyOf") &&
      std::ranges::none_of(schema["anyOf"], [&](const Json& s) { return satisfies(value, s, root); }))
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
  }
  if (value.is_number()) {
    const double number = value.get<double>();
    if (number < schema.value("minimum", -1e300) || number > schema.value("maximum", 1e300)) return false;
    if (number <= schema.value("exclusiveMinimum", -1e300) || number >= schema.value("exclusiveMaximum", 1e300))
      return false;
  }
  return true;
}

}  // namespace genre
