#include "genre/serve/parameter.h"

#include <charconv>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "genre/base/rfc3339.h"
#include "genre/base/text_distance.h"
#include "genre/base/utf8.h"
#include "genre/serve/problem.h"
#include "genre/serve/url.h"

namespace genre {
namespace {

using nlohmann::json;

[[noreturn]] void bad(const Parameter& parameter, const std::string& place, const std::string& wanted,
                      const std::string& found, std::string hint = {}) {
  throw Problem(400, "bad_field", "wanted " + parameter.name + " to be " + wanted + ", found " + found, std::move(hint),
                place);
}

std::string shown(double number) {
  return number == std::floor(number) && std::abs(number) < 1e15 ? std::to_string(static_cast<std::int64_t>(number))
                                                                 : std::to_string(number);
}

std::string range(const Parameter& parameter) { return shown(parameter.minimum) + " to " + shown(parameter.maximum); }

// "text", "a list", ... and short scalars as they are.
std::string found_json(const json& value) {
  if (value.is_array()) return "a list";
  if (value.is_object()) return "an object";
  std::string out = value.dump(-1, ' ', false, json::error_handler_t::replace);
  return out.size() > 80 ? "a long " + std::string(value.type_name()) : out;
}

std::string checked_text(const Parameter& parameter, const std::string& place, std::string text) {
  if (static_cast<double>(text.size()) < parameter.minimum || static_cast<double>(text.size()) > parameter.maximum)
    bad(parameter, place, "text of " + range(parameter) + " bytes", std::to_string(text.size()) + " bytes");
  if (!valid_utf8(text)) bad(parameter, place, "UTF-8 text", "other bytes");
  return text;
}

std::int64_t checked_integer(const Parameter& parameter, const std::string& place, std::int64_t number) {
  if (static_cast<double>(number) < parameter.minimum || static_cast<double>(number) > parameter.maximum)
    bad(parameter, place, "an integer from " + range(parameter), std::to_string(number));
  return number;
}

double checked_number(const Parameter& parameter, const std::string& place, double number) {
  if (!(number >= parameter.minimum && number <= parameter.maximum))
    bad(parameter, place, "a number from " + range(parameter), std::to_string(number));
  return number;
}

Arguments::Value from_json(const Parameter& parameter, const std::string& place, const json& value) {
  const std::string found = found_json(value);
  switch (parameter.type) {
    case ParameterType::kText:
      if (!value.is_string()) bad(parameter, place, "text", found, value.is_number() ? "write it in quotes" : "");
      return checked_text(parameter, place, value.get<std::string>());
    case ParameterType::kInteger:
      if (!value.is_number_integer()) bad(parameter, place, "an integer from " + range(parameter), found);
      if (value.is_number_unsigned() && value.get<std::uint64_t>() > std::numeric_limits<std::int64_t>::max())
        bad(parameter, place, "an integer from " + range(parameter), found);
      return checked_integer(parameter, place, value.get<std::int64_t>());
    case ParameterType::kNumber:
      if (!value.is_number()) bad(parameter, place, "a number", found);
      return checked_number(parameter, place, value.get<double>());
    case ParameterType::kFlag:
      if (!value.is_boolean()) bad(parameter, place, "true or false", found);
      return value.get<bool>();
    case ParameterType::kTexts: {
      if (!value.is_array()) bad(parameter, place, "a list of texts", found);
      if (static_cast<double>(value.size()) > parameter.maximum)
        bad(parameter, place, "a list of at most " + shown(parameter.maximum),
            std::to_string(value.size()) + " elements");
      const Parameter element{.name = parameter.name + "[]", .minimum = 1, .maximum = kIdBytes, .doc = {}};
      std::vector<std::string> out;
      for (std::size_t i = 0; i < value.size(); ++i)
        out.push_back(std::get<std::string>(from_json(element, place + "/" + std::to_string(i), value[i])));
      return out;
    }
    case ParameterType::kTimestamp: {
      if (value.is_number_integer() && !value.is_number_float()) {
        const double number = value.get<double>();
        if (number >= static_cast<double>(kEarliestTime) && number <= static_cast<double>(kLatestTime))
          return value.get<std::int64_t>();
      }
      const auto time = value.is_string() ? parse_rfc3339(value.get_ref<const std::string&>()) : std::nullopt;
      if (!time)
        bad(parameter, place, "an RFC 3339 time or milliseconds since 1970", found, "like \"2026-01-31T12:00:00Z\"");
      return *time;
    }
  }
  return {};
}

Arguments::Value from_text(const Parameter& parameter, const std::string& place, const std::string& text) {
  switch (parameter.type) {
    case ParameterType::kInteger: {
      std::int64_t number = 0;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
      if (error != std::errc() || end != text.data() + text.size())
        bad(parameter, place, "an integer from " + range(parameter),
            text.size() > 80 ? "long text" : "\"" + text + "\"");
      return checked_integer(parameter, place, number);
    }
    case ParameterType::kFlag:
      if (text == "true" || text == "1") return true;
      if (text == "false" || text == "0") return false;
      bad(parameter, place, "true or false", text.size() > 80 ? "long text" : "\"" + text + "\"");
    default:
      return checked_text(parameter, place, text);
  }
}

[[noreturn]] void unknown(const std::string& name, std::span<const Parameter> parameters, ParameterPlace where,
                          const std::string& place) {
  std::vector<std::string> known;
  for (const Parameter& p : parameters)
    if (p.place == where) known.push_back(p.name);
  std::string list;
  for (const std::string& k : known) list += (list.empty() ? "" : ", ") + k;
  const auto nearest = nearest_name(name.substr(0, 64), known);
  throw Problem(400, "unknown_field", "there is no field \"" + name.substr(0, 64) + "\"",
                nearest ? "did you mean \"" + *nearest + "\"?"
                        : (list.empty() ? "this route takes none" : "known fields: " + list),
                place);
}

void require(std::span<const Parameter> parameters, ParameterPlace where, const std::string& prefix,
             const Arguments& out) {
  for (const Parameter& p : parameters)
    if (p.place == where && p.presence == Presence::kRequired && !out.has(p.name))
      throw Problem(400, "missing_field", "the field \"" + p.name + "\" is missing", p.doc, prefix + p.name);
}

const Parameter* find(std::span<const Parameter> parameters, ParameterPlace where, const std::string& name) {
  for (const Parameter& p : parameters)
    if (p.place == where && p.name == name) return &p;
  return nullptr;
}

// RFC 6901
std::string pointer_token(const std::string& name) {
  std::string out;
  for (const char c : name.substr(0, 64)) out += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  return out;
}

}  // namespace

void read_object(const json& object, std::span<const Parameter> parameters, const std::string& prefix, Arguments& out) {
  if (!object.is_object())
    throw Problem(400, "bad_field", "wanted a JSON object, found " + found_json(object), "", prefix);
  for (const auto& [name, value] : object.items()) {
    const std::string place = prefix + "/" + pointer_token(name);
    const Parameter* const parameter = find(parameters, ParameterPlace::kBody, name);
    if (parameter == nullptr) unknown(name, parameters, ParameterPlace::kBody, place);
    if (!value.is_null()) out.set(name, from_json(*parameter, place, value));
  }
  require(parameters, ParameterPlace::kBody, prefix + "/", out);
}

void read_query(std::span<const std::pair<std::string, std::string>> query, std::span<const Parameter> parameters,
                Arguments& out) {
  for (const auto& [name, value] : query) {
    const std::string place = "?" + name.substr(0, 64);
    const Parameter* const parameter = find(parameters, ParameterPlace::kQuery, name);
    if (parameter == nullptr) unknown(name, parameters, ParameterPlace::kQuery, place);
    if (out.has(name)) throw Problem(400, "bad_field", "the field \"" + name + "\" is given twice", "", place);
    out.set(name, from_text(*parameter, place, value));
  }
  require(parameters, ParameterPlace::kQuery, "?", out);
}

void read_segment(const std::string& segment, const Parameter& parameter, Arguments& out) {
  out.set(parameter.name, from_text(parameter, "{" + parameter.name + "}", segment));
}

}  // namespace genre
