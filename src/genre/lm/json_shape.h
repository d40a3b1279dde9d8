// What a JSON schema asks of a value, keyword by keyword, with references followed and combinations multiplied out.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "genre/lm/json_number_graph.h"
#include "genre/lm/regular_expression.h"

namespace genre {

using SchemaJson = nlohmann::ordered_json;

// A schema inside the file and the JSON pointer to it.
struct SchemaPlace {
  const SchemaJson* schema;
  std::string pointer;
};

// All of it holds at once. Keywords of another type than a value's say nothing about the value.
struct JsonShape {
  struct Property {
    std::string name;
    std::vector<SchemaPlace> schemas;  // all of which hold
  };
  std::string pointer;                            // of the schema that it was read from
  std::optional<std::vector<std::string>> types;  // none: any
  std::optional<std::vector<SchemaJson>> values;  // of enum and const
  JsonNumberRange numbers;
  std::size_t least_characters = 0, least_items = 0;
  std::optional<std::size_t> most_characters, most_items;
  std::vector<RegularExpression> expressions;  // of strings
  std::vector<Property> properties;            // in order
  std::vector<std::string> required;
  bool closed = false;             // no properties but these
  std::vector<SchemaPlace> items;  // all of which hold for each

  std::vector<std::string> references;  // pointers that were followed on the way here

  // The expressions and the lengths, together at least one expression.
  std::vector<RegularExpression> string_expressions() const;
};

// Reads schemas of one file. Throws Error(kConfig) with the file and the place for keywords that are not supported and
// values of a wrong kind.
class JsonShapeReader {
 public:
  JsonShapeReader(const SchemaJson& root, const std::string& file) : root_(root), file_(file) {}

  // Shapes of which a value that satisfies all of the schemas has at least one; none: nothing satisfies them.
  std::vector<JsonShape> alternatives(std::span<const SchemaPlace> all);

  [[noreturn]] void fail(const std::string& pointer, const std::string& message, const std::string& hint = "") const;

 private:
  std::vector<JsonShape> read(const SchemaPlace& place);
  JsonShape read_keywords(const SchemaPlace& place) const;
  void read_object(const SchemaPlace& place, JsonShape& shape) const;
  void read_numbers(const SchemaPlace& place, JsonShape& shape) const;
  void read_strings(const SchemaPlace& place, JsonShape& shape) const;
  std::vector<SchemaPlace> branches(const SchemaPlace& place, const char* keyword) const;
  SchemaPlace follow(const SchemaPlace& place);
  std::optional<std::size_t> count(const SchemaPlace& place, const char* keyword) const;
  std::vector<JsonShape> product(std::vector<JsonShape> a, const std::vector<JsonShape>& b,
                                 const std::string& pointer) const;

  // Whether no value satisfies both, as far as it can be told.
  bool surely_disjoint(std::span<const SchemaPlace> a, std::span<const SchemaPlace> b, int depth);
  bool surely_disjoint(const JsonShape& a, const JsonShape& b, int depth);

  const SchemaJson& root_;
  const std::string& file_;
  std::vector<std::string> following_;  // references since the last value began
  int depth_ = 0;                       // of combinations and references
};

// Types that keywords of the shape other than type, enum and const speak about: "object", "array", "string", "number".
std::vector<std::string> asserted_types(const JsonShape& shape);

// "null", "boolean", "integer", "number", "string", "array" or "object".
std::string json_type(const SchemaJson& value);

}  // namespace genre
