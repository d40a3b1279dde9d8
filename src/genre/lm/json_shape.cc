#include "genre/lm/json_shape.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "genre/base/error.h"
#include "genre/lm/json_shape_merge.h"
#include "genre/lm/json_string_graph.h"
#include "genre/lm/string_format.h"

namespace genre {
namespace {

constexpr std::size_t kMostAlternatives = 256;
constexpr int kDeepest = 64;
constexpr std::array kTypes = {"object", "array", "string", "number", "integer", "boolean", "null"};
constexpr std::array kAnnotations = {"title",    "description", "default",  "examples",  "$schema", "$id",
                                     "$comment", "deprecated",  "readOnly", "writeOnly", "$defs",   "definitions"};
constexpr std::array kAssertions = {"type",
                                    "enum",
                                    "const",
                                    "allOf",
                                    "anyOf",
                                    "oneOf",
                                    "$ref",
                                    "properties",
                                    "required",
                                    "additionalProperties",
                                    "items",
                                    "minItems",
                                    "maxItems",
                                    "minLength",
                                    "maxLength",
                                    "pattern",
                                    "format",
                                    "minimum",
                                    "maximum",
                                    "exclusiveMinimum",
                                    "exclusiveMaximum",
                                    "multipleOf"};

bool contains(const auto& names, const std::string& name) { return std::ranges::find(names, name) != names.end(); }

void check_keywords(const JsonShapeReader& reader, const SchemaPlace& place) {
  const SchemaJson& schema = *place.schema;
  if (!schema.is_object()) reader.fail(place.pointer, fmt::format("a schema is an object, not {}", schema.type_name()));
  for (const auto& [name, value] : schema.items())
    if (!contains(kAnnotations, name) && !contains(kAssertions, name))
      reader.fail(place.pointer + "/" + name, fmt::format("the keyword \"{}\" is not supported", name),
                  fmt::format("supported are {}", fmt::join(kAssertions, ", ")));
}

}  // namespace

std::string json_type(const SchemaJson& value) {
  if (value.is_number_integer()) return "integer";
  if (value.is_number()) return "number";
  return value.type_name();
}

std::vector<std::string> asserted_types(const JsonShape& shape) {
  std::vector<std::string> out;
  if (!shape.properties.empty() || !shape.required.empty() || shape.closed) out.emplace_back("object");
  if (!shape.items.empty() || shape.least_items > 0 || shape.most_items) out.emplace_back("array");
  if (!shape.expressions.empty() || shape.least_characters > 0 || shape.most_characters) out.emplace_back("string");
  if (shape.numbers.low || shape.numbers.high || shape.numbers.step) out.emplace_back("number");
  return out;
}

std::vector<RegularExpression> JsonShape::string_expressions() const {
  std::vector<RegularExpression> out = expressions;
  if (out.empty() || least_characters > 0 || most_characters) {
    RegularExpression any;
    any.kind = RegularExpression::Kind::kCharacters;
    any.characters = every_code_point();
    out.push_back(repetition(std::move(any), least_characters, most_characters));
  }
  return out;
}

void JsonShapeReader::fail(const std::string& pointer, const std::string& message, const std::string& hint) const {
  throw Error(ErrorCode::kConfig, message, hint, {.file = file_, .key = pointer.empty() ? "/" : pointer});
}

std::vector<JsonShape> JsonShapeReader::alternatives(std::span<const SchemaPlace> all) {
  const auto outside = std::exchange(following_, {});
  std::vector<JsonShape> out = {JsonShape{.pointer = all.front().pointer}};
  for (const SchemaPlace& place : all) out = product(std::move(out), read(place), place.pointer);
  following_ = outside;
  return out;
}

std::vector<JsonShape> JsonShapeReader::read(const SchemaPlace& place) {
  check_keywords(*this, place);
  if (++depth_ > kDeepest) fail(place.pointer, fmt::format("combinations nested deeper than {}", kDeepest));
  std::vector<JsonShape> out = {read_keywords(place)};
  const auto both = [&](const std::vector<JsonShape>& more) { out = product(std::move(out), more, place.pointer); };
  if (place.schema->contains("$ref")) {
    const SchemaPlace target = follow(place);
    following_.push_back(target.pointer);
    auto found = read(target);
    following_.pop_back();
    for (JsonShape& shape : found) shape.references.push_back(target.pointer);
    both(found);
  }
  for (const SchemaPlace& branch : branches(place, "allOf")) both(read(branch));
  for (const char* const keyword : {"anyOf", "oneOf"}) {
    const auto choices = branches(place, keyword);
    if (choices.empty()) continue;
    std::vector<JsonShape> any;
    for (std::size_t i = 0; i < choices.size(); ++i) {
      for (std::size_t j = 0; j < i && keyword == std::string_view("oneOf"); ++j)
        if (!surely_disjoint(std::span(&choices[j], 1), std::span(&choices[i], 1), 0))
          fail(choices[i].pointer, fmt::format("the branches {} and {} of oneOf may both hold for a value", j, i),
               "write anyOf, or give each branch a required property with a const of its own");
      auto found = read(choices[i]);
      std::ranges::move(found, std::back_inserter(any));
    }
    both(any);
  }
  --depth_;
  return out;
}

std::vector<JsonShape> JsonShapeReader::product(std::vector<JsonShape> a, const std::vector<JsonShape>& b,
                                                const std::string& pointer) const {
  std::vector<JsonShape> out;
  for (const JsonShape& x : a) {
    for (const JsonShape& y : b) {
      try {
        if (auto both = merged(x, y)) out.push_back(std::move(*both));
      } catch (const Error& error) {
        fail(pointer, error.message(), error.hint());
      }
    }
  }
  if (out.size() > kMostAlternatives)
    fail(pointer, fmt::format("the combinations have more than {} alternatives", kMostAlternatives),
         "write fewer anyOf and oneOf inside allOf");
  return out;
}

std::vector<SchemaPlace> JsonShapeReader::branches(const SchemaPlace& place, const char* keyword) const {
  std::vector<SchemaPlace> out;
  const auto found = place.schema->find(keyword);
  if (found == place.schema->end()) return out;
  const std::string pointer = fmt::format("{}/{}", place.pointer, keyword);
  if (!found->is_array() || found->empty()) fail(pointer, fmt::format("{} is a list of schemas", keyword));
  for (std::size_t i = 0; i < found->size(); ++i) out.push_back({&(*found)[i], fmt::format("{}/{}", pointer, i)});
  return out;
}

SchemaPlace JsonShapeReader::follow(const SchemaPlace& place) {
  const std::string here = place.pointer + "/$ref";
  const SchemaJson& reference = (*place.schema)["$ref"];
  if (!reference.is_string()) fail(here, "$ref is a string");
  const auto target = reference.get<std::string>();
  if (target != "#" && !target.starts_with("#/"))
    fail(here, fmt::format("cannot follow \"{}\"", target), "write \"#/$defs/NAME\"");
  const std::string pointer = target.substr(1);
  if (contains(following_, pointer)) fail(here, fmt::format("\"{}\" is nothing but itself", target));
  try {
    return {&root_.at(SchemaJson::json_pointer(pointer)), pointer};
  } catch (const SchemaJson::exception&) {
    fail(here, fmt::format("there is no \"{}\" in the schema", target));
  }
}

JsonShape JsonShapeReader::read_keywords(const SchemaPlace& place) const {
  const SchemaJson& schema = *place.schema;
  JsonShape shape{.pointer = place.pointer};
  if (const auto found = schema.find("type"); found != schema.end()) {
    shape.types.emplace();
    for (const auto& type : found->is_array() ? *found : SchemaJson::array({*found})) {
      if (!type.is_string()) fail(place.pointer + "/type", "type is a name or a list of names");
      shape.types->push_back(type.get<std::string>());
      if (!contains(kTypes, shape.types->back()))
        fail(place.pointer + "/type", fmt::format("there is no type \"{}\"", shape.types->back()));
    }
  }
  if (schema.contains("const") && schema.contains("enum"))
    fail(place.pointer + "/enum", "enum beside const is not supported", "keep one of them");
  if (const auto found = schema.find("const"); found != schema.end()) shape.values.emplace(1, *found);
  if (const auto found = schema.find("enum"); found != schema.end()) {
    if (!found->is_array() || found->empty()) fail(place.pointer + "/enum", "enum is a list of values");
    shape.values = found->get<std::vector<SchemaJson>>();
  }
  read_object(place, shape);
  if (const auto found = schema.find("items"); found != schema.end())
    shape.items.push_back({&*found, place.pointer + "/items"});
  shape.least_items = count(place, "minItems").value_or(0);
  shape.most_items = count(place, "maxItems");
  if (shape.most_items && *shape.most_items < shape.least_items)
    fail(place.pointer + "/maxItems",
         fmt::format("maxItems {} is below minItems {}", *shape.most_items, shape.least_items));
  read_numbers(place, shape);
  read_strings(place, shape);
  return shape;
}

void JsonShapeReader::read_object(const SchemaPlace& place, JsonShape& shape) const {
  const SchemaJson& schema = *place.schema;
  if (const auto found = schema.find("properties"); found != schema.end()) {
    if (!found->is_object()) fail(place.pointer + "/properties", "properties is an object");
    for (const auto& [name, property] : found->items())
      shape.properties.push_back({name, {{&property, fmt::format("{}/properties/{}", place.pointer, name)}}});
  }
  if (const auto found = schema.find("required"); found != schema.end()) {
    const bool names =
        found->is_array() && std::ranges::all_of(*found, [](const auto& name) { return name.is_string(); });
    if (!names) fail(place.pointer + "/required", "required is a list of names");
    shape.required = found->get<std::vector<std::string>>();
  }
  if (const auto more = schema.find("additionalProperties"); more != schema.end()) {
    if (!more->is_boolean())
      fail(place.pointer + "/additionalProperties", "a schema for additionalProperties is not supported",
           "name the properties");
    shape.closed = !more->get<bool>();
  }
}

void JsonShapeReader::read_numbers(const SchemaPlace& place, JsonShape& shape) const {
  const auto number = [&](const char* keyword) -> std::optional<double> {
    const auto found = place.schema->find(keyword);
    if (found == place.schema->end()) return std::nullopt;
    if (!found->is_number()) fail(fmt::format("{}/{}", place.pointer, keyword), fmt::format("{} is a number", keyword));
    return found->get<double>();
  };
  if (const auto value = number("minimum")) shape.numbers.raise({*value, false});
  if (const auto value = number("exclusiveMinimum")) shape.numbers.raise({*value, true});
  if (const auto value = number("maximum")) shape.numbers.lower({*value, false});
  if (const auto value = number("exclusiveMaximum")) shape.numbers.lower({*value, true});
  if (const auto value = number("multipleOf")) {
    try {
      shape.numbers.step = decimal_step(*value);
    } catch (const Error& error) {
      fail(place.pointer + "/multipleOf", error.message());
    }
  }
}

void JsonShapeReader::read_strings(const SchemaPlace& place, JsonShape& shape) const {
  shape.least_characters = count(place, "minLength").value_or(0);
  shape.most_characters = count(place, "maxLength");
  if (shape.most_characters && *shape.most_characters < shape.least_characters)
    fail(place.pointer + "/maxLength",
         fmt::format("maxLength {} is below minLength {}", *shape.most_characters, shape.least_characters));
  const auto text = [&](const char* keyword) {
    const SchemaJson& found = (*place.schema)[keyword];
    if (!found.is_string()) fail(fmt::format("{}/{}", place.pointer, keyword), fmt::format("{} is a text", keyword));
    return found.get<std::string>();
  };
  if (place.schema->contains("pattern")) {
    try {
      shape.expressions.push_back(parse_regular_expression(text("pattern")));
    } catch (const Error& error) {
      if (!error.place().key.empty()) throw;
      fail(place.pointer + "/pattern", error.message());
    }
  }
  if (place.schema->contains("format")) {
    const auto pattern = string_format_pattern(text("format"));
    if (!pattern)
      fail(place.pointer + "/format", fmt::format("the format \"{}\" is not supported", text("format")),
           fmt::format("supported are {}; or write a pattern", kStringFormats));
    shape.expressions.push_back(parse_regular_expression(*pattern));
  }
}

std::optional<std::size_t> JsonShapeReader::count(const SchemaPlace& place, const char* keyword) const {
  const auto found = place.schema->find(keyword);
  if (found == place.schema->end()) return std::nullopt;
  if (!found->is_number_unsigned())
    fail(fmt::format("{}/{}", place.pointer, keyword), fmt::format("{} is a whole number of at least 0", keyword));
  return found->get<std::size_t>();
}

}  // namespace genre
