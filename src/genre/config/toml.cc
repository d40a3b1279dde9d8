#include "genre/config/toml.h"

#include <fmt/format.h>

#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

#include <cctype>
#include <cmath>
#include <sstream>

#include "genre/base/error.h"
#include "genre/base/file.h"

namespace genre::config {
namespace {

Value convert(const toml::node& node, const std::string& file) {
  Value out;
  out.origin = {file, static_cast<std::int64_t>(node.source().begin.line)};
  if (const auto* table = node.as_table()) {
    Table children;
    for (const auto& [key, child] : *table) {
      Value value = convert(child, file);
      value.origin.line = static_cast<std::int64_t>(key.source().begin.line);
      children.emplace(std::string(key.str()), std::move(value));
    }
    out.data = std::move(children);
  } else if (const auto* array = node.as_array()) {
    Array children;
    for (const auto& child : *array) children.push_back(convert(child, file));
    out.data = std::move(children);
  } else if (const auto* text = node.as_string()) {
    out.data = text->get();
  } else if (const auto* integer = node.as_integer()) {
    out.data = integer->get();
  } else if (const auto* number = node.as_floating_point()) {
    out.data = number->get();
  } else if (const auto* flag = node.as_boolean()) {
    out.data = flag->get();
  } else {  // dates and times are kept as the text they were written as
    std::ostringstream text_form;
    node.visit([&](const auto& value) {
      if constexpr (toml::is_date<decltype(value)> || toml::is_time<decltype(value)> ||
                    toml::is_date_time<decltype(value)>)
        text_form << value.get();
    });
    out.data = text_form.str();
  }
  return out;
}

std::string quote_text(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\r':
        out += "\\r";
        break;
      default:
        out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? fmt::format("\\u{:04X}", static_cast<unsigned>(c))
                                                                 : std::string(1, c);
    }
  }
  return out + "\"";
}

std::string key_text(const std::string& key) {
  bool bare = !key.empty();
  for (const char c : key) bare = bare && (std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-');
  return bare ? key : quote_text(key);
}

std::string inline_text(const Value& value) {
  if (const auto* flag = std::get_if<bool>(&value.data)) return *flag ? "true" : "false";
  if (const auto* integer = std::get_if<std::int64_t>(&value.data)) return std::to_string(*integer);
  if (const auto* number = std::get_if<double>(&value.data)) {
    if (std::isnan(*number)) return "nan";
    if (std::isinf(*number)) return *number > 0 ? "inf" : "-inf";
    std::string text = fmt::format("{}", *number);
    return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
  }
  if (const auto* text = std::get_if<std::string>(&value.data)) return quote_text(*text);
  std::string out;
  if (const auto* array = value.array()) {
    for (const auto& child : *array) out += (out.empty() ? "" : ", ") + inline_text(child);
    return "[" + out + "]";
  }
  for (const auto& [key, child] : *value.table())
    out += (out.empty() ? " " : ", ") + key_text(key) + " = " + inline_text(child);
  return "{" + out + " }";
}

bool is_table_array(const Value& value) {
  const Array* const array = value.array();
  if (array == nullptr || array->empty()) return false;
  for (const auto& child : *array)
    if (child.table() == nullptr) return false;
  return true;
}

void write_table(const Table& table, const std::string& prefix, std::string& out) {
  for (const auto& [key, value] : table)
    if (value.table() == nullptr && !is_table_array(value)) out += key_text(key) + " = " + inline_text(value) + "\n";
  for (const auto& [key, value] : table) {
    const std::string path = prefix.empty() ? key_text(key) : prefix + "." + key_text(key);
    if (value.table() != nullptr) {
      out += "\n[" + path + "]\n";
      write_table(*value.table(), path, out);
    } else if (is_table_array(value)) {
      for (const auto& child : *value.array()) {
        out += "\n[[" + path + "]]\n";
        write_table(*child.table(), path, out);
      }
    }
  }
}

}  // namespace

Value parse_toml(std::string_view text, const std::string& file) {
  try {
    Value root = convert(toml::parse(text, file), file);
    return root;
  } catch (const toml::parse_error& e) {
    throw Error(ErrorCode::kConfig, "not valid TOML: " + std::string(e.description()),
                "text needs quotes: name = \"ease\"",
                {.file = file, .line = static_cast<std::int64_t>(e.source().begin.line)});
  }
}

Value parse_toml_file(const std::filesystem::path& path) { return parse_toml(read_file(path), path.string()); }

Value parse_literal(std::string_view text, const Origin& origin) {
  Value out;
  try {
    // The line break keeps a comment or an unfinished literal from swallowing the check.
    toml::table parsed = toml::parse("value = " + std::string(text) + "\n");
    if (parsed.size() != 1) throw Error(ErrorCode::kUsage, "more than one value");
    out = convert(*parsed.get("value"), origin.file);
  } catch (const toml::parse_error&) {
    out.data = std::string(text);
  }
  out.origin = origin;
  return out;
}

std::string to_toml(const Value& table) {
  std::string out;
  write_table(*table.table(), "", out);
  return out;
}

}  // namespace genre::config
