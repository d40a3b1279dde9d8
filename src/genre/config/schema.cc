#include "genre/config/schema.h"

#include <fmt/format.h>

#include <cmath>

namespace genre::config {
namespace {

using nlohmann::ordered_json;

bool has_rows(const Field& field) { return !field.children && !field.element_children; }

ordered_json row(const std::string& key, const Field& field) {
  ordered_json out = {
      {"key", key}, {"type", field.type}, {"default", nullptr}, {"range", field.range}, {"meaning", field.doc}};
  const Value value = field.get();
  if (!(value.table() && value.table()->empty())) out["default"] = to_json(value);
  return out;
}

// Calls visit(path, fields, doc) for this table and every table below it.
void walk(const Fields& fields, const std::string& path, const std::string& doc,
          const std::function<void(const std::string&, const Fields&, const std::string&)>& visit, int depth) {
  visit(path, fields, doc);
  for (const auto& field : fields.all()) {
    const std::string child_path = join_path(path, field.name);
    if (field.children) {
      Fields inside;
      field.children(inside);
      walk(inside, child_path, field.doc, visit, depth);
    }
    if (field.element_children) {
      Fields inside;
      field.element_children(inside);
      walk(inside, child_path + (field.type == "tables by name" ? ".NAME" : "[]"), field.doc, visit, depth);
    }
    if (field.alternatives != nullptr && depth == 0) {
      if (field.type != "table chosen by its name") continue;  // lists hold the same tables
      for (const auto& alternative : field.alternatives()) {
        Fields inside;
        const auto options = alternative.make();
        options->fields(inside);
        walk(inside, fmt::format("{} name = \"{}\"", child_path, alternative.name), alternative.doc, visit, depth + 1);
      }
    }
  }
}

std::string escaped(std::string text) {
  for (std::size_t i = text.find('|'); i != std::string::npos; i = text.find('|', i + 2)) text.insert(i, "\\");
  return text;
}

}  // namespace

nlohmann::json to_json(const Value& value) {
  return std::visit(
      [](const auto& data) -> nlohmann::json {
        using T = std::decay_t<decltype(data)>;
        if constexpr (std::is_same_v<T, Array>) {
          auto out = nlohmann::json::array();
          for (const auto& child : data) out.push_back(to_json(child));
          return out;
        } else if constexpr (std::is_same_v<T, Table>) {
          auto out = nlohmann::json::object();
          for (const auto& [key, child] : data) out[key] = to_json(child);
          return out;
        } else if constexpr (std::is_same_v<T, double>) {
          return std::isfinite(data) ? nlohmann::json(data) : nlohmann::json(nullptr);
        } else {
          return data;
        }
      },
      value.data);
}

ordered_json schema_json(const Fields& fields) {
  auto out = ordered_json::array();
  walk(
      fields, "", "",
      [&](const std::string& path, const Fields& inside, const std::string&) {
        for (const auto& field : inside.all())
          if (has_rows(field)) out.push_back(row(path.empty() ? field.name : path + "." + field.name, field));
      },
      0);
  return out;
}

std::string schema_markdown(const Fields& fields) {
  std::string out;
  walk(
      fields, "", "",
      [&](const std::string& path, const Fields& inside, const std::string& doc) {
        out += path.empty() ? "## Top level\n" : fmt::format("\n## `{}`\n", path);
        if (!doc.empty()) out += doc + "\n";
        std::string rows;
        for (const auto& field : inside.all()) {
          if (!has_rows(field)) continue;
          const auto entry = row(field.name, field);
          rows += fmt::format("| `{}` | {} | {} | {} | {} |\n", field.name, escaped(field.type),
                              entry["default"].is_null() ? "" : "`" + escaped(entry["default"].dump()) + "`",
                              escaped(field.range), escaped(field.doc));
        }
        if (!rows.empty()) out += "\n| key | type | default | range | meaning |\n|---|---|---|---|---|\n" + rows;
      },
      0);
  return out;
}

ordered_json alternative_json(const Alternative& alternative) {
  Fields inside;
  const auto options = alternative.make();
  options->fields(inside);
  ordered_json out = {{"name", alternative.name}, {"meaning", alternative.doc}, {"parameters", ordered_json::array()}};
  for (const auto& field : inside.all()) out["parameters"].push_back(row(field.name, field));
  return out;
}

}  // namespace genre::config
