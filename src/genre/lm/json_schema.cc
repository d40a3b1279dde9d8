#include "genre/lm/json_schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "genre/base/error.h"
#include "genre/lm/json_number_graph.h"
#include "genre/lm/json_string_graph.h"

namespace genre {
namespace {

using Json = nlohmann::ordered_json;
using State = ByteGraph::State;

constexpr int kMaximumDepth = 32;
constexpr std::array kAnnotations = {"title",    "description", "default",  "examples",  "$schema", "$id",
                                     "$comment", "deprecated",  "readOnly", "writeOnly", "$defs",   "definitions"};
constexpr std::array kAssertions = {"type",
                                    "enum",
                                    "const",
                                    "anyOf",
                                    "$ref",
                                    "properties",
                                    "required",
                                    "items",
                                    "minItems",
                                    "maxItems",
                                    "minLength",
                                    "maxLength",
                                    "additionalProperties",
                                    "minimum",
                                    "maximum",
                                    "exclusiveMinimum",
                                    "exclusiveMaximum"};

bool contains(const auto& names, const std::string& name) { return std::ranges::find(names, name) != names.end(); }

std::string type_of(const Json& value) {
  if (value.is_number_integer()) return "integer";
  if (value.is_number()) return "number";
  return value.type_name();  // "null", "boolean", "string", "array", "object"
}

class SchemaCompiler {
 public:
  SchemaCompiler(const Json& root, const std::string& file) : root_(root), file_(file) {}

  ByteAutomaton compile() {
    const State start = graph_.add();
    const State end = add_value(start, root_, "");
    return {std::move(graph_), start, end};
  }

 private:
  [[noreturn]] void fail(const std::string& pointer, const std::string& message, const std::string& hint = "") const {
    throw Error(ErrorCode::kConfig, message, hint, {.file = file_, .key = pointer.empty() ? "/" : pointer});
  }

  // Each adds the texts of a value behind `from` and returns where they end.
  State add_value(State from, const Json& schema, const std::string& pointer);
  State add_type(State from, const std::string& type, const Json& schema, const std::string& pointer);
  State add_literals(State from, const Json& schema, const std::string& pointer);
  State add_reference(State from, const Json& schema, const std::string& pointer);
  State add_object(State from, const Json& schema, const std::string& pointer);
  State add_array(State from, const Json& schema, const std::string& pointer);
  State add_number(State from, const Json& schema, bool integer, const std::string& pointer);
  State add_string(State from, const Json& schema, const std::string& pointer);
  // ',' or ':' and perhaps a space.
  State add_separator(State from, char separator);

  std::vector<std::string> types_of(const Json& schema, const std::string& pointer) const;
  std::optional<std::size_t> count(const Json& schema, const char* name, const std::string& pointer) const;
  void only_beside(const Json& schema, std::initializer_list<std::string> keywords, const std::string& pointer) const;

  const Json& root_;
  const std::string& file_;
  ByteGraph graph_;
  int depth_ = 0;
  std::vector<std::string> references_;  // that are being followed
};

State SchemaCompiler::add_value(State from, const Json& schema, const std::string& pointer) {
  if (!schema.is_object()) fail(pointer, fmt::format("a schema is an object, not {}", schema.type_name()));
  if (depth_ == kMaximumDepth) fail(pointer, fmt::format("the schema is nested deeper than {}", kMaximumDepth));
  for (const auto& [name, value] : schema.items())
    if (!contains(kAnnotations, name) && !contains(kAssertions, name))
      fail(pointer + "/" + name, fmt::format("the keyword \"{}\" is not supported", name),
           fmt::format("supported are {}", fmt::join(kAssertions, ", ")));
  ++depth_;
  State end = graph_.add();
  if (schema.contains("$ref")) {
    end = add_reference(from, schema, pointer);
  } else if (schema.contains("const") || schema.contains("enum")) {
    end = add_literals(from, schema, pointer);
  } else if (schema.contains("anyOf")) {
    only_beside(schema, {"anyOf"}, pointer);
    const Json& choices = schema["anyOf"];
    if (!choices.is_array() || choices.empty()) fail(pointer + "/anyOf", "anyOf is a list of schemas");
    for (std::size_t i = 0; i < choices.size(); ++i)
      graph_.jump(add_value(from, choices[i], fmt::format("{}/anyOf/{}", pointer, i)), end);
  } else {
    for (const auto& type : types_of(schema, pointer)) graph_.jump(add_type(from, type, schema, pointer), end);
  }
  --depth_;
  return end;
}

State SchemaCompiler::add_type(State from, const std::string& type, const Json& schema, const std::string& pointer) {
  if (type == "object") return add_object(from, schema, pointer);
  if (type == "array") return add_array(from, schema, pointer);
  if (type == "string") return add_string(from, schema, pointer);
  if (type == "number" || type == "integer") return add_number(from, schema, type == "integer", pointer);
  if (type == "null") return graph_.path(from, "null");
  if (type != "boolean") fail(pointer + "/type", fmt::format("there is no type \"{}\"", type));
  const State end = graph_.path(from, "true");
  graph_.jump(graph_.path(from, "false"), end);
  return end;
}

State SchemaCompiler::add_literals(State from, const Json& schema, const std::string& pointer) {
  only_beside(schema, {"enum", "const", "type"}, pointer);
  const bool is_const = schema.contains("const");
  if (is_const) only_beside(schema, {"const", "type"}, pointer);
  const Json values = is_const ? Json::array({schema["const"]}) : schema["enum"];
  if (!values.is_array() || values.empty()) fail(pointer + "/enum", "enum is a list of values");
  const auto types = schema.contains("type") ? types_of(schema, pointer) : std::vector<std::string>{};
  const State end = graph_.add();
  for (const auto& value : values) {
    const std::string type = type_of(value);
    if (types.empty() || contains(types, type) || (type == "integer" && contains(types, std::string("number"))))
      graph_.jump(graph_.path(from, value.dump()), end);
  }
  return end;
}

State SchemaCompiler::add_reference(State from, const Json& schema, const std::string& pointer) {
  only_beside(schema, {"$ref"}, pointer);
  const std::string here = pointer + "/$ref";
  if (!schema["$ref"].is_string()) fail(here, "$ref is a string");
  const auto target = schema["$ref"].get<std::string>();
  if (!target.starts_with("#/")) fail(here, fmt::format("cannot follow \"{}\"", target), "write \"#/$defs/NAME\"");
  if (contains(references_, target)) fail(here, fmt::format("\"{}\" refers to itself, which is not supported", target));
  const Json* found = nullptr;
  try {
    found = &root_.at(Json::json_pointer(target.substr(1)));
  } catch (const Json::exception&) {
    fail(here, fmt::format("there is no \"{}\" in the schema", target));
  }
  references_.push_back(target);
  const State end = add_value(from, *found, target.substr(1));
  references_.pop_back();
  return end;
}

State SchemaCompiler::add_separator(State from, char separator) {
  const State there = graph_.path(from, std::string(1, separator)), behind_space = graph_.path(there, " ");
  graph_.jump(there, behind_space);
  return behind_space;
}

State SchemaCompiler::add_object(State from, const Json& schema, const std::string& pointer) {
  if (const auto more = schema.find("additionalProperties"); more != schema.end() && !more->is_boolean())
    fail(pointer + "/additionalProperties", "a schema for additionalProperties is not supported",
         "name the properties");
  const Json properties = schema.value("properties", Json::object());
  if (!properties.is_object()) fail(pointer + "/properties", "properties is an object");
  const Json required = schema.value("required", Json::array());
  if (!required.is_array()) fail(pointer + "/required", "required is a list of names");
  for (const auto& name : required)
    if (!name.is_string() || !properties.contains(name.get<std::string>()))
      fail(pointer + "/required", fmt::format("{} is required but not among the properties", name.dump()));

  const auto is_required = [&](const std::string& name) {
    return std::ranges::find(required, Json(name)) != required.end();
  };

  // Before each property there are two places: nothing written yet, or something, so that a comma is due.
  State first = graph_.path(from, "{"), later = graph_.add();
  for (const auto& [name, property] : properties.items()) {
    const State key = graph_.add();
    graph_.jump(first, key);
    graph_.jump(add_separator(later, ','), key);
    const State value = add_separator(graph_.path(key, Json(name).dump()), ':');
    const State end = add_value(value, property, fmt::format("{}/properties/{}", pointer, name));
    const State first_after = graph_.add(), later_after = graph_.add();
    graph_.jump(end, later_after);
    if (!is_required(name)) {
      graph_.jump(first, first_after);
      graph_.jump(later, later_after);
    }
    first = first_after;
    later = later_after;
  }
  const State end = graph_.path(first, "}");
  graph_.arrow(later, '}', '}', end);
  return end;
}

State SchemaCompiler::add_array(State from, const Json& schema, const std::string& pointer) {
  const std::size_t least = count(schema, "minItems", pointer).value_or(0);
  const auto most = count(schema, "maxItems", pointer);
  if (most && *most < least) fail(pointer + "/maxItems", fmt::format("maxItems {} is below minItems {}", *most, least));
  const State open = graph_.path(from, "["), end = graph_.add();
  if (least == 0) graph_.arrow(open, ']', ']', end);
  if (most == 0U) return end;
  if (!schema.contains("items")) fail(pointer, "an array needs items", "add \"items\"");
  // As many copies as are counted; without maxItems the last one repeats.
  const std::size_t copies = most.value_or(std::max<std::size_t>(least, 1));
  State item = graph_.add();
  graph_.jump(open, item);
  for (std::size_t written = 1; written <= copies; ++written) {
    const State behind = add_value(item, schema["items"], pointer + "/items");
    if (written >= least) graph_.arrow(behind, ']', ']', end);
    if (written == copies && most) break;
    const State next = add_separator(behind, ',');
    if (written == copies) graph_.jump(next, item);
    item = next;
  }
  return end;
}

State SchemaCompiler::add_number(State from, const Json& schema, bool integer, const std::string& pointer) {
  JsonNumberRange range{.integer = integer};
  const auto tighten = [&](const char* name, std::optional<JsonNumberRange::Bound>& bound, bool exclusive, int sign) {
    const auto found = schema.find(name);
    if (found == schema.end()) return;
    if (!found->is_number()) fail(fmt::format("{}/{}", pointer, name), fmt::format("{} is a number", name));
    const double value = found->get<double>();
    if (!bound || sign * value >= sign * bound->value) bound = {value, exclusive};
  };
  tighten("minimum", range.low, false, 1);
  tighten("exclusiveMinimum", range.low, true, 1);
  tighten("maximum", range.high, false, -1);
  tighten("exclusiveMaximum", range.high, true, -1);
  try {
    return add_json_numbers(graph_, from, range);
  } catch (const Error& error) {
    fail(pointer, error.message());
  }
}

State SchemaCompiler::add_string(State from, const Json& schema, const std::string& pointer) {
  const std::size_t least = count(schema, "minLength", pointer).value_or(0);
  const auto most = count(schema, "maxLength", pointer);
  if (most && *most < least)
    fail(pointer + "/maxLength", fmt::format("maxLength {} is below minLength {}", *most, least));
  return add_json_string(graph_, from, least, most);
}

std::vector<std::string> SchemaCompiler::types_of(const Json& schema, const std::string& pointer) const {
  const auto found = schema.find("type");
  if (found == schema.end())
    fail(pointer, "the schema says no type", "add \"type\", \"enum\", \"const\", \"anyOf\" or \"$ref\"");
  const Json list = found->is_array() ? *found : Json::array({*found});
  std::vector<std::string> types;
  for (const auto& type : list) {
    if (!type.is_string()) fail(pointer + "/type", "type is a name or a list of names");
    types.push_back(type.get<std::string>());
  }
  return types;
}

std::optional<std::size_t> SchemaCompiler::count(const Json& schema, const char* name,
                                                 const std::string& pointer) const {
  const auto found = schema.find(name);
  if (found == schema.end()) return std::nullopt;
  if (!found->is_number_unsigned())
    fail(fmt::format("{}/{}", pointer, name), fmt::format("{} is a whole number of at least 0", name));
  return found->get<std::size_t>();
}

void SchemaCompiler::only_beside(const Json& schema, std::initializer_list<std::string> keywords,
                                 const std::string& pointer) const {
  for (const auto& [name, value] : schema.items())
    if (!contains(kAnnotations, name) && std::ranges::find(keywords, name) == keywords.end())
      fail(pointer + "/" + name, fmt::format("\"{}\" beside \"{}\" is not supported", name, *keywords.begin()));
}

}  // namespace

ByteAutomaton compile_json_schema(std::string_view schema, const std::string& file) {
  Json root;
  try {
    root = Json::parse(schema);
  } catch (const Json::exception& exception) {
    throw Error(ErrorCode::kConfig, fmt::format("the schema is not JSON: {}", exception.what()), "", {.file = file});
  }
  try {
    return SchemaCompiler(root, file).compile();
  } catch (const Error& error) {
    if (!error.place().file.empty()) throw;
    throw Error(error.code(), error.message(), error.hint(), {.file = file});
  }
}

}  // namespace genre
