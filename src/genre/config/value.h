// A configuration document as a tree of values, each knowing where it was written.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace genre::config {

struct Origin {
  std::string file;  // a path, "--set" or "GENRE_..." variable
  std::int64_t line = 0;
  std::string text() const;  // "shop.toml:12"
};

struct Value;
using Array = std::vector<Value>;
using Table = std::map<std::string, Value>;

struct Value {
  std::variant<bool, std::int64_t, double, std::string, Array, Table> data = Table{};
  Origin origin;

  const Table* table() const { return std::get_if<Table>(&data); }
  Table* table() { return std::get_if<Table>(&data); }
  const Array* array() const { return std::get_if<Array>(&data); }
  std::string_view type_name() const;  // "boolean", "integer", "number", "text", "array", "table"
};

// Lays `over` on `under`: tables merge key by key, everything else replaces.
void merge(Value& under, const Value& over);

// Sets a.b.c, creating tables on the way and replacing what is no table.
void set_path(Value& root, std::string_view dotted_key, Value value);

}  // namespace genre::config
