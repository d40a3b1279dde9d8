#include "genre/lm/json_schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "genre/base/error.h"
#include "genre/lm/json_number_graph.h"
#include "genre/lm/json_shape.h"
#include "genre/lm/json_string_graph.h"

namespace genre {
namespace {

using Json = SchemaJson;
using State = ByteGraph::State;

constexpr int kMaximumDepth = 32;
constexpr std::ptrdiff_t kMaximumRecursion = 4;

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

class SchemaCompiler {
 public:
  SchemaCompiler(const Json& root, const std::string& file) : root_(root), reader_(root, file) {}

  ByteAutomaton compile() {
    const State start = graph_.add();
    const SchemaPlace whole{&root_, ""};
    const State end = add_value(start, {&whole, 1});
    return {std::move(graph_), start, end};
  }

 private:
  // Each adds the texts of a value behind `from` and returns where they end, which nothing reaches where there are
  // none.
  State add_value(State from, std::span<const SchemaPlace> all);
  State add_shape(State from, const JsonShape& shape);
  State add_type(State from, const std::string& type, const JsonShape& shape);
  State add_literals(State from, const JsonShape& shape);
  State add_object(State from, const JsonShape& shape);
  State add_array(State from, const JsonShape& shape);
  State add_number(State from, const JsonShape& shape, bool integer);
  // ',' or ':' and perhaps a space.
  State add_separator(State from, char separator);

  std::vector<std::string> types_of(const JsonShape& shape) const;
  // Whether a definition is inside itself more often than is allowed.
  bool too_deep(const JsonShape& shape) const {
    return std::ranges::any_of(shape.references, [&](const auto& target) {
      return std::ranges::count(references_, target) > kMaximumRecursion;
    });
  }

  const Json& root_;
  JsonShapeReader reader_;
  ByteGraph graph_;
  int depth_ = 0;
  std::vector<std::string> references_;  // that lead to the value being added
};

State SchemaCompiler::add_value(State from, std::span<const SchemaPlace> all) {
  if (depth_ == kMaximumDepth)
    reader_.fail(all.front().pointer, fmt::format("the schema is nested deeper than {}", kMaximumDepth));
  ++depth_;
  const State end = graph_.add();
  for (const JsonShape& shape : reader_.alternatives(all)) {
    if (too_deep(shape)) continue;
    const std::size_t outside = references_.size();
    references_.insert(references_.end(), shape.references.begin(), shape.references.end());
    graph_.jump(add_shape(from, shape), end);
    references_.resize(outside);
  }
  --depth_;
  return end;
}

State SchemaCompiler::add_shape(State from, const JsonShape& shape) {
  if (shape.values) return add_literals(from, shape);
  const State end = graph_.add();
  for (const auto& type : types_of(shape)) graph_.jump(add_type(from, type, shape), end);
  return end;
}

State SchemaCompiler::add_type(State from, const std::string& type, const JsonShape& shape) {
  if (type == "object") return add_object(from, shape);
  if (type == "array") return add_array(from, shape);
  if (type == "string") return add_json_string(graph_, from, shape.string_expressions());
  if (type == "number" || type == "integer") return add_number(from, shape, type == "integer");
  if (type == "null") return graph_.path(from, "null");
  const State end = graph_.path(from, "true");
  graph_.jump(graph_.path(from, "false"), end);
  return end;
}

State SchemaCompiler::add_literals(State from, const JsonShape& shape) {
  if (const auto asserted = asserted_types(shape); !asserted.empty())
    reader_.fail(shape.pointer, fmt::format("enum or const together with keywords of {} is not supported", asserted[0]),
                 "list the values that satisfy both");
  const State end = graph_.add();
  for (const auto& value : *shape.values) {
    const std::string type = json_type(value);
    if (!shape.types || contains(*shape.types, type) || (type == "integer" && contains(*shape.types, "number")))
      graph_.jump(graph_.path(from, value.dump()), end);
  }
  return end;
}

State SchemaCompiler::add_separator(State from, char separator) {
  const State there = graph_.path(from, std::string(1, separator)), behind_space = graph_.path(there, " ");
  graph_.jump(there, behind_space);
  return behind_space;
}

State SchemaCompiler::add_object(State from, const JsonShape& shape) {
  for (const auto& name : shape.required)
    if (std::ranges::find(shape.properties, name, &JsonShape::Property::name) == shape.properties.end())
      reader_.fail(shape.pointer + "/required",
                   fmt::format("{} is required but not among the properties", Json(name).dump()));
  // Before each property there are two places: nothing written yet, or something, so that a comma is due.
  State first = graph_.path(from, "{"), later = graph_.add();
  for (const auto& [name, schemas] : shape.properties) {
    const State key = graph_.add();
    graph_.jump(first, key);
    graph_.jump(add_separator(later, ','), key);
    const State value = add_separator(graph_.path(key, Json(name).dump()), ':');
    const State end = add_value(value, schemas);
    const State first_after = graph_.add(), later_after = graph_.add();
    graph_.jump(end, later_after);
    if (!contains(shape.required, name)) {
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

State SchemaCompiler::add_array(State from, const JsonShape& shape) {
  const std::size_t least = shape.least_items;
  const auto most = shape.most_items;
  const State open = graph_.path(from, "["), end = graph_.add();
  if (least == 0) graph_.arrow(open, ']', ']', end);
  if (most && (*most == 0 || *most < least)) return end;
  if (shape.items.empty()) reader_.fail(shape.pointer, "an array needs items", "add \"items\"");
  // As many copies as are counted; without maxItems the last one repeats.
  const std::size_t copies = most.value_or(std::max<std::size_t>(least, 1));
  State item = graph_.add();
  graph_.jump(open, item);
  for (std::size_t written = 1; written <= copies; ++written) {
    const State behind = add_value(item, shape.items);
    if (written >= least) graph_.arrow(behind, ']', ']', end);
    if (written == copies && most) break;
    const State next = add_separator(behind, ',');
    if (written == copies) graph_.jump(next, item);
    item = next;
  }
  return end;
}

State SchemaCompiler::add_number(State from, const JsonShape& shape, bool integer) {
  JsonNumberRange range = shape.numbers;
  range.integer = integer;
  try {
    return add_json_numbers(graph_, from, range);
  } catch (const Error& error) {
    reader_.fail(shape.pointer, error.message());
  }
}

// Without "type", the only type that the keywords speak about.
std::vector<std::string> SchemaCompiler::types_of(const JsonShape& shape) const {
  if (shape.types) return *shape.types;
  auto asserted = asserted_types(shape);
  if (asserted.size() != 1)
    reader_.fail(shape.pointer, "the schema says no type", "add \"type\", \"enum\", \"const\", \"anyOf\" or \"$ref\"");
  return asserted;
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
