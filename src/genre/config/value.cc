#include "genre/config/value.h"

namespace genre::config {

std::string Origin::text() const { return line > 0 ? file + ":" + std::to_string(line) : file; }

std::string_view Value::type_name() const {
  constexpr std::string_view kNames[] = {"boolean", "integer", "number", "text", "array", "table"};
  return kNames[data.index()];
}

void merge(Value& under, const Value& over) {
  Table* const into = under.table();
  const Table* const from = over.table();
  if (into == nullptr || from == nullptr) {
    under = over;
    return;
  }
  for (const auto& [key, value] : *from) {
    const auto [entry, added] = into->try_emplace(key, value);
    if (!added) merge(entry->second, value);
  }
}

void set_path(Value& root, std::string_view dotted_key, Value value) {
  const std::size_t dot = dotted_key.find('.');
  if (root.table() == nullptr) root.data = Table{};
  Value& child = (*root.table())[std::string(dotted_key.substr(0, dot))];
  if (dot == std::string_view::npos) {
    child = std::move(value);
    return;
  }
  if (child.origin.file.empty()) child.origin = value.origin;
  set_path(child, dotted_key.substr(dot + 1), std::move(value));
}

}  // namespace genre::config
