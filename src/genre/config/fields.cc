#include "genre/config/fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "genre/base/text_distance.h"

namespace genre::config {
namespace {

std::string range_text(const Range& range) {
  const bool low = std::isfinite(range.minimum), high = std::isfinite(range.maximum);
  if (low && high) return fmt::format("{} to {}", range.minimum, range.maximum);
  if (low) return fmt::format(">= {}", range.minimum);
  if (high) return fmt::format("<= {}", range.maximum);
  return "";
}

std::string value_text(const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value.data)) return "\"" + *text + "\"";
  if (const auto* integer = std::get_if<std::int64_t>(&value.data)) return std::to_string(*integer);
  if (const auto* number = std::get_if<double>(&value.data)) return fmt::format("{}", *number);
  if (const auto* boolean = std::get_if<bool>(&value.data)) return *boolean ? "true" : "false";
  return "";
}

Value value_of(auto data) { return {std::move(data), {}}; }

std::optional<double> as_number(const Value& value) {
  if (const auto* integer = std::get_if<std::int64_t>(&value.data)) return static_cast<double>(*integer);
  if (const auto* number = std::get_if<double>(&value.data)) return *number;
  return std::nullopt;
}

// NaN is in no range.
bool check_range(double number, const Range& range, const Value& value, const std::string& path,
                 std::vector<Fault>& faults, std::string allowed = {}) {
  if (number >= range.minimum && number <= range.maximum) return true;
  if (allowed.empty()) allowed = range_text(range);
  faults.push_back(
      {path, fmt::format("'{}' is {}, wanted {}", path, value_text(value), allowed.empty() ? "a number" : allowed), "",
       value.origin});
  return false;
}

// Target is double or std::optional<double>.
template <class Target>
auto number_setter(Target& target, Range range) {
  return [&target, range](const Value& value, const std::string& path, std::vector<Fault>& faults) {
    const auto number = as_number(value);
    if (!number) return wrong_type(value, path, "a number", faults);
    if (check_range(*number, range, value, path, faults)) target = *number;
  };
}

template <class Integer>
Field integer_field(std::string name, Integer& target, Range range, std::string doc, InDigest in_digest) {
  range.minimum = std::max(range.minimum, static_cast<double>(std::numeric_limits<Integer>::min()));
  range.maximum = std::min(range.maximum, static_cast<double>(std::numeric_limits<Integer>::max()));
  Range shown = range;
  if (shown.maximum >= static_cast<double>(std::numeric_limits<Integer>::max())) shown.maximum = INFINITY;
  if (shown.minimum <= static_cast<double>(std::numeric_limits<Integer>::min())) shown.minimum = -INFINITY;
  return {.name = std::move(name),
          .type = "integer",
          .range = range_text(shown),
          .doc = std::move(doc),
          .in_digest = in_digest,
          .set =
              [&target, range, allowed = range_text(shown)](const Value& value, const std::string& path,
                                                            std::vector<Fault>& faults) {
                const auto* integer = std::get_if<std::int64_t>(&value.data);
                if (integer == nullptr) return wrong_type(value, path, "an integer", faults);
                if (check_range(static_cast<double>(*integer), range, value, path, faults, allowed))
                  target = static_cast<Integer>(*integer);
              },
          .get = [&target] { return value_of(static_cast<std::int64_t>(target)); }};
}

}  // namespace

void wrong_type(const Value& value, const std::string& path, std::string_view wanted, std::vector<Fault>& faults) {
  const std::string shown = value_text(value);
  faults.push_back(
      {path,
       fmt::format("'{}' wants {}, found {}{}", path, wanted, value.type_name(), shown.empty() ? "" : " " + shown), "",
       value.origin});
}

std::string join_path(const std::string& path, std::string_view key) {
  return path.empty() ? std::string(key) : path + "." + std::string(key);
}

const Table* expect_table(const Value& value, const std::string& path, std::vector<Fault>& faults) {
  if (value.table() == nullptr) wrong_type(value, path, "a table", faults);
  return value.table();
}

const Array* expect_array(const Value& value, const std::string& path, std::vector<Fault>& faults) {
  if (value.array() == nullptr) wrong_type(value, path, "an array", faults);
  return value.array();
}

void Fields::flag(std::string name, bool& target, std::string doc) {
  add({.name = std::move(name),
       .type = "boolean",
       .doc = std::move(doc),
       .set =
           [&target](const Value& value, const std::string& path, std::vector<Fault>& faults) {
             if (const auto* boolean = std::get_if<bool>(&value.data))
               target = *boolean;
             else
               wrong_type(value, path, "true or false", faults);
           },
       .get = [&target] { return value_of(target); }});
}

void Fields::integer(std::string name, int& target, Range range, std::string doc, InDigest in_digest) {
  add(integer_field(std::move(name), target, range, std::move(doc), in_digest));
}

void Fields::integer(std::string name, std::int64_t& target, Range range, std::string doc, InDigest in_digest) {
  add(integer_field(std::move(name), target, range, std::move(doc), in_digest));
}

void Fields::number(std::string name, double& target, Range range, std::string doc) {
  add({.name = std::move(name),
       .type = "number",
       .range = range_text(range),
       .doc = std::move(doc),
       .set = number_setter(target, range),
       .get = [&target] { return value_of(target); }});
}

void Fields::number(std::string name, std::optional<double>& target, Range range, std::string doc) {
  add({.name = std::move(name),
       .type = "number or absent",
       .range = range_text(range),
       .doc = std::move(doc),
       .set = number_setter(target, range),
       .get = [&target] { return target ? value_of(*target) : value_of(Table{}); }});
}

void Fields::text(std::string name, std::string& target, std::string doc, InDigest in_digest) {
  add({.name = std::move(name),
       .type = "text",
       .doc = std::move(doc),
       .in_digest = in_digest,
       .set =
           [&target](const Value& value, const std::string& path, std::vector<Fault>& faults) {
             if (const auto* text_value = std::get_if<std::string>(&value.data))
               target = *text_value;
             else
               wrong_type(value, path, "text", faults);
           },
       .get = [&target] { return value_of(target); }});
}

void Fields::choice(std::string name, std::string& target, std::vector<std::string> values, std::string doc,
                    InDigest in_digest) {
  const std::string wanted = fmt::format("one of {}", fmt::join(values, ", "));
  add({.name = std::move(name),
       .type = wanted,
       .doc = std::move(doc),
       .in_digest = in_digest,
       .set =
           [&target, values, wanted](const Value& value, const std::string& path, std::vector<Fault>& faults) {
             const auto* chosen = std::get_if<std::string>(&value.data);
             if (chosen == nullptr) return wrong_type(value, path, wanted, faults);
             if (std::find(values.begin(), values.end(), *chosen) != values.end()) {
               target = *chosen;
               return;
             }
             const auto nearest = nearest_name(*chosen, values);
             faults.push_back({path, fmt::format("'{}' is \"{}\", wanted {}", path, *chosen, wanted),
                               nearest ? "did you mean \"" + *nearest + "\"?" : "", value.origin});
           },
       .get = [&target] { return value_of(target); }});
}

void Fields::texts(std::string name, std::vector<std::string>& target, std::string doc, InDigest in_digest) {
  add({.name = std::move(name),
       .type = "list of text",
       .doc = std::move(doc),
       .in_digest = in_digest,
       .set =
           [&target](const Value& value, const std::string& path, std::vector<Fault>& faults) {
             const Array* const array = expect_array(value, path, faults);
             if (array == nullptr) return;
             target.clear();
             for (const auto& child : *array) {
               if (const auto* text_value = std::get_if<std::string>(&child.data))
                 target.push_back(*text_value);
               else
                 wrong_type(child, path, "text in its list", faults);
             }
           },
       .get =
           [&target] {
             Array out;
             for (const auto& text_value : target) out.push_back({text_value, {}});
             return value_of(std::move(out));
           }});
}

void Fields::numbers(std::string name, std::vector<double>& target, Range range, std::string doc) {
  add({.name = std::move(name),
       .type = "list of numbers",
       .range = range_text(range),
       .doc = std::move(doc),
       .set =
           [&target, range](const Value& value, const std::string& path, std::vector<Fault>& faults) {
             const Array* const array = expect_array(value, path, faults);
             if (array == nullptr) return;
             target.clear();
             for (const auto& child : *array) {
               const auto number = as_number(child);
               if (!number)
                 wrong_type(child, path, "numbers in its list", faults);
               else if (check_range(*number, range, child, path, faults))
                 target.push_back(*number);
             }
           },
       .get =
           [&target] {
             Array out;
             for (const double number : target) out.push_back({number, {}});
             return value_of(std::move(out));
           }});
}

void Fields::numbers(std::string name, std::map<std::string, double>& target, Range range, std::string doc,
                     InDigest in_digest) {
  add({.name = std::move(name),
       .type = "table of numbers",
       .range = range_text(range),
       .doc = std::move(doc),
       .in_digest = in_digest,
       .set =
           [&target, range](const Value& value, const std::string& path, std::vector<Fault>& faults) {
             const Table* const table_value = expect_table(value, path, faults);
             if (table_value == nullptr) return;
             target.clear();
             for (const auto& [key, child] : *table_value)
               number_setter(target[key], range)(child, join_path(path, key), faults);
           },
       .get =
           [&target] {
             Table out;
             for (const auto& [key, number] : target) out[key] = {number, {}};
             return value_of(std::move(out));
           }});
}

void Fields::integers(std::string name, std::map<std::string, int>& target, std::vector<std::string> keys, Range range,
                      std::string doc) {
  for (const auto& key : keys) target.try_emplace(key, 0);
  table(
      std::move(name),
      [&target, range](Fields& f) {
        for (auto& [key, value] : target) f.integer(key, value, range, "");
      },
      std::move(doc));
}

void Fields::columns(std::string name, std::map<std::string, ColumnRef>& target, std::string doc) {
  add({.name = std::move(name),
       .type = "table of column numbers (from 0) or names",
       .doc = std::move(doc),
       .set =
           [&target](const Value& value, const std::string& path, std::vector<Fault>& faults) {
             const Table* const table_value = expect_table(value, path, faults);
             if (table_value == nullptr) return;
             target.clear();
             for (const auto& [key, child] : *table_value) {
               const std::string child_path = join_path(path, key);
               if (const auto* text_value = std::get_if<std::string>(&child.data)) {
                 target[key] = {std::nullopt, *text_value};
               } else if (const auto* integer = std::get_if<std::int64_t>(&child.data)) {
                 if (check_range(static_cast<double>(*integer), {0, 100000}, child, child_path, faults))
                   target[key] = {static_cast<int>(*integer), {}};
               } else {
                 wrong_type(child, child_path, "a column number or name", faults);
               }
             }
           },
       .get =
           [&target] {
             Table out;
             for (const auto& [key, column] : target)
               out[key] = column.index ? value_of(static_cast<std::int64_t>(*column.index)) : value_of(column.name);
             return value_of(std::move(out));
           }});
}

void Fields::table(std::string name, std::function<void(Fields&)> fields, std::string doc) {
  const auto dump = [fields](Value (Fields::*which)() const) {
    Fields f;
    fields(f);
    return (f.*which)();
  };
  add({.name = std::move(name),
       .type = "table",
       .doc = std::move(doc),
       .set =
           [fields](const Value& value, const std::string& path, std::vector<Fault>& faults) {
             Fields f;
             fields(f);
             f.load(value, path, faults);
           },
       .get = [dump] { return dump(&Fields::values); },
       .digest_value = [dump] { return dump(&Fields::digest_values); },
       .children = fields});
}

void Fields::load(const Value& document, const std::string& path, std::vector<Fault>& faults) const {
  const Table* const document_table = expect_table(document, path.empty() ? "the file" : path, faults);
  if (document_table == nullptr) return;
  for (const auto& [entry_key, value] : *document_table) {
    const std::string& key = entry_key;  // clang 14 captures no structured binding
    const auto field = std::find_if(fields_.begin(), fields_.end(), [&](const Field& f) { return f.name == key; });
    const std::string key_path = join_path(path, key);
    if (field != fields_.end()) {
      field->set(value, key_path, faults);
      continue;
    }
    std::vector<std::string> names;
    for (const auto& f : fields_) names.push_back(f.name);
    const auto nearest = nearest_name(key, names);
    faults.push_back({key_path, fmt::format("unknown key '{}'", key_path),
                      nearest ? fmt::format("did you mean '{}'?", join_path(path, *nearest))
                              : fmt::format("known here: {}", fmt::join(names, ", ")),
                      value.origin});
  }
}

namespace {

bool is_empty_table(const Value& value) { return value.table() != nullptr && value.table()->empty(); }

}  // namespace

Value Fields::values() const {
  Table out;
  for (const auto& field : fields_) {
    Value value = field.get();
    if (!is_empty_table(value)) out[field.name] = std::move(value);
  }
  return {std::move(out), {}};
}

Value Fields::digest_values() const {
  Table out;
  for (const auto& field : fields_) {
    if (field.in_digest == InDigest::kNo) continue;
    Value value = field.digest_value ? field.digest_value() : field.get();
    if (!is_empty_table(value)) out[field.name] = std::move(value);
  }
  return {std::move(out), {}};
}

}  // namespace genre::config
