// Which branches of oneOf no value can satisfy together.
#include <algorithm>

#include "genre/lm/json_shape.h"
#include "genre/lm/json_string_graph.h"

namespace genre {
namespace {

constexpr int kDeepestCompared = 6;  // levels of properties and items that are looked into

using Types = std::vector<std::string>;

// Types of the values that a shape takes; integers are numbers.
Types types_of(const JsonShape& shape) {
  Types out;
  if (shape.values)
    for (const auto& value : *shape.values) out.push_back(json_type(value));
  else
    out = shape.types.value_or(Types{"object", "array", "string", "number", "boolean", "null"});
  std::ranges::replace(out, "integer", "number");
  return out;
}

bool has(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

bool below(const JsonNumberRange& a, const JsonNumberRange& b) {
  if (!a.high || !b.low) return false;
  return a.high->value < b.low->value || (a.high->value == b.low->value && (a.high->exclusive || b.low->exclusive));
}

// Whether `a` needs a property that `b` has no place for.
bool needs_what_is_closed(const JsonShape& a, const JsonShape& b) {
  return b.closed && std::ranges::any_of(a.required, [&](const auto& name) {
           return std::ranges::find(b.properties, name, &JsonShape::Property::name) == b.properties.end();
         });
}

bool disjoint_counts(std::size_t least_a, std::optional<std::size_t> most_a, std::size_t least_b,
                     std::optional<std::size_t> most_b) {
  return (most_a && *most_a < least_b) || (most_b && *most_b < least_a);
}

}  // namespace

bool JsonShapeReader::surely_disjoint(std::span<const SchemaPlace> a, std::span<const SchemaPlace> b, int depth) {
  if (depth == kDeepestCompared) return false;
  const auto of_a = alternatives(a), of_b = alternatives(b);
  return std::ranges::all_of(of_a, [&](const JsonShape& x) {
    return std::ranges::all_of(of_b, [&](const JsonShape& y) { return surely_disjoint(x, y, depth); });
  });
}

bool JsonShapeReader::surely_disjoint(const JsonShape& a, const JsonShape& b, int depth) {
  if (a.values && b.values)
    return std::ranges::none_of(
        *a.values, [&](const auto& value) { return std::ranges::find(*b.values, value) != b.values->end(); });
  const Types of_a = types_of(a), of_b = types_of(b);
  return std::ranges::all_of(of_a, [&](const std::string& type) {
    if (!has(of_b, type)) return true;
    if (a.values || b.values) return false;
    if (type == "number") return below(a.numbers, b.numbers) || below(b.numbers, a.numbers);
    if (type == "string")
      return disjoint_counts(a.least_characters, a.most_characters, b.least_characters, b.most_characters) ||
             (!a.expressions.empty() && !b.expressions.empty() &&
              disjoint_json_strings(a.string_expressions(), b.string_expressions()));
    if (type == "array")
      return disjoint_counts(a.least_items, a.most_items, b.least_items, b.most_items) ||
             (a.least_items > 0 && b.least_items > 0 && !a.items.empty() && !b.items.empty() &&
              surely_disjoint(a.items, b.items, depth + 1));
    if (type != "object") return false;
    if (needs_what_is_closed(a, b) || needs_what_is_closed(b, a)) return true;
    return std::ranges::any_of(a.properties, [&](const auto& property) {
      const auto other = std::ranges::find(b.properties, property.name, &JsonShape::Property::name);
      return other != b.properties.end() && has(a.required, property.name) && has(b.required, property.name) &&
             surely_disjoint(property.schemas, other->schemas, depth + 1);
    });
  });
}

}  // namespace genre
