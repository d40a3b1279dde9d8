#include "genre/lm/json_shape_merge.h"

#include <algorithm>

namespace genre {
namespace {

template <typename T>
void append(std::vector<T>& to, const std::vector<T>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

std::vector<std::string> common_types(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  const auto has = [](const std::vector<std::string>& types, const std::string& type) {
    return std::ranges::find(types, type) != types.end() ||
           (type == "integer" && std::ranges::find(types, "number") != types.end());
  };
  std::vector<std::string> out;
  for (const auto& type : a)
    if (has(b, type)) out.push_back(type);
  for (const auto& type : b)
    if (has(a, type) && std::ranges::find(out, type) == out.end()) out.push_back(type);
  return out;
}

const JsonShape::Property* find(const std::vector<JsonShape::Property>& properties, const std::string& name) {
  const auto found = std::ranges::find(properties, name, &JsonShape::Property::name);
  return found == properties.end() ? nullptr : &*found;
}

// Properties of both, those that one closes out left away.
void merge_properties(const JsonShape& a, const JsonShape& b, JsonShape& out) {
  out.properties.clear();
  for (const auto& property : a.properties) {
    const auto* const other = find(b.properties, property.name);
    if (other == nullptr && b.closed) continue;
    out.properties.push_back(property);
    if (other != nullptr) append(out.properties.back().schemas, other->schemas);
  }
  for (const auto& property : b.properties)
    if (find(a.properties, property.name) == nullptr && !a.closed) out.properties.push_back(property);
  out.closed = a.closed || b.closed;
}

void narrow(std::optional<std::size_t>& most, const std::optional<std::size_t>& other) {
  if (other) most = std::min(most.value_or(*other), *other);
}

}  // namespace

std::optional<JsonShape> merged(const JsonShape& a, const JsonShape& b) {
  JsonShape out = a;
  if (a.types && b.types)
    out.types = common_types(*a.types, *b.types);
  else if (b.types)
    out.types = b.types;
  if (out.types && out.types->empty()) return std::nullopt;
  if (a.values && b.values)
    std::erase_if(*out.values,
                  [&](const auto& value) { return std::ranges::find(*b.values, value) == b.values->end(); });
  else if (b.values)
    out.values = b.values;
  if (out.values && out.values->empty()) return std::nullopt;
  if (b.numbers.low) out.numbers.raise(*b.numbers.low);
  if (b.numbers.high) out.numbers.lower(*b.numbers.high);
  out.numbers.step = common_step(a.numbers.step, b.numbers.step);
  out.least_characters = std::max(a.least_characters, b.least_characters);
  narrow(out.most_characters, b.most_characters);
  append(out.expressions, b.expressions);
  merge_properties(a, b, out);
  append(out.required, b.required);
  out.least_items = std::max(a.least_items, b.least_items);
  narrow(out.most_items, b.most_items);
  append(out.items, b.items);
  append(out.references, b.references);
  return out;
}

}  // namespace genre
