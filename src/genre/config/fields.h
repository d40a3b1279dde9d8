// One field table per component. A component keeps its options in a struct with defaults and lists them once in
//
//   void EaseOptions::fields(config::Fields& f) { f.number("l2", l2, {.minimum = 0}, "L2 penalty on item weights"); }
//
// Loading, validation, the reference page, the resolved configuration and its digest all read that list.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "genre/config/value.h"

namespace genre::config {

// Inclusive unless said. An integer field shows and checks the same limits.
struct Range {
  double minimum = -std::numeric_limits<double>::infinity();
  double maximum = std::numeric_limits<double>::infinity();
};

// A column of an input file, by position (from 0) or by name.
struct ColumnRef {
  std::optional<int> index;
  std::string name;
  bool operator==(const ColumnRef&) const = default;
};

// What is wrong with a document; load() collects all before anything fails.
struct Fault {
  std::string key;  // dotted path
  std::string message;
  std::string hint;
  Origin origin;
};

class Fields;

// Base of options that are chosen by name, as [model] is.
class NamedOptions {
 public:
  virtual ~NamedOptions() = default;
  virtual std::string_view name() const = 0;
  virtual void fields(Fields& f) = 0;
};

struct Alternative {
  std::string name;
  std::string doc;
  std::function<std::shared_ptr<NamedOptions>()> make;  // fresh options with defaults
};
// A function, so that alternatives may contain one another (a cascade holds two models).
using Alternatives = std::vector<Alternative> (*)();

// Whether a value counts in the configuration digest; paths, secrets and thread counts do not.
enum class InDigest { kYes, kNo };

struct Field {
  std::string name;
  std::string type;   // "number", "text", "one of cosine, dot", "table", ...
  std::string range;  // ">= 0", "" when any
  std::string doc;
  InDigest in_digest = InDigest::kYes;
  std::function<void(const Value&, const std::string& path, std::vector<Fault>&)> set;
  std::function<Value()> get;                     // the current value
  std::function<Value()> digest_value;            // the same without what is outside the digest
  std::function<void(Fields&)> children;          // for "table": the fields inside
  std::function<void(Fields&)> element_children;  // for lists and maps of tables: the fields of one element
  Alternatives alternatives = nullptr;            // for options by name
};

class Fields {
 public:
  void flag(std::string name, bool& target, std::string doc);
  void integer(std::string name, int& target, Range range, std::string doc, InDigest in_digest = InDigest::kYes);
  void integer(std::string name, std::int64_t& target, Range range, std::string doc,
               InDigest in_digest = InDigest::kYes);
  void number(std::string name, double& target, Range range, std::string doc);
  void number(std::string name, std::optional<double>& target, Range range, std::string doc);  // absent by default
  void text(std::string name, std::string& target, std::string doc, InDigest in_digest = InDigest::kYes);
  void choice(std::string name, std::string& target, std::vector<std::string> values, std::string doc,
              InDigest in_digest = InDigest::kYes);
  void texts(std::string name, std::vector<std::string>& target, std::string doc, InDigest in_digest = InDigest::kYes);
  void numbers(std::string name, std::vector<double>& target, Range range, std::string doc);
  void numbers(std::string name, std::map<std::string, double>& target, Range range, std::string doc,
               InDigest in_digest = InDigest::kYes);  // by names of the writer's choice
  void integers(std::string name, std::map<std::string, int>& target, std::vector<std::string> keys, Range range,
                std::string doc);
  void columns(std::string name, std::map<std::string, ColumnRef>& target, std::string doc);
  void table(std::string name, std::function<void(Fields&)> fields, std::string doc);
  // The target is owned elsewhere and outlives this object; T has `void fields(Fields&)`.
  template <class T>
  void table(std::string name, T& target, std::string doc) {
    table(
        std::move(name), [&target](Fields& f) { target.fields(f); }, std::move(doc));
  }
  template <class T>
  void list(std::string name, std::vector<T>& target, std::string doc);  // [[name]]
  template <class T>
  void map(std::string name, std::map<std::string, T>& target, std::string doc);  // [name.key]
  void named(std::string name, std::shared_ptr<NamedOptions>& target, Alternatives alternatives, std::string doc);
  void named_list(std::string name, std::vector<std::shared_ptr<NamedOptions>>& target, Alternatives alternatives,
                  std::string doc);

  const std::vector<Field>& all() const { return fields_; }
  void add(Field field) { fields_.push_back(std::move(field)); }

  // Sets every field that `document` names; adds a fault for each unknown key, wrong type or value out of range.
  void load(const Value& document, const std::string& path, std::vector<Fault>& faults) const;
  Value values() const;         // all fields, defaults filled in
  Value digest_values() const;  // without those outside the digest

 private:
  std::vector<Field> fields_;
};

// "model.l2"
std::string join_path(const std::string& path, std::string_view key);
// Adds the fault "'model.l2' wants a number, found text".
void wrong_type(const Value& value, const std::string& path, std::string_view wanted, std::vector<Fault>& faults);
// Adds a fault unless the value is a table / an array.
const Table* expect_table(const Value& value, const std::string& path, std::vector<Fault>& faults);
const Array* expect_array(const Value& value, const std::string& path, std::vector<Fault>& faults);

// All values of one element of a list or map of tables.
template <class T>
Value element_values(T& element, Value (Fields::*which)() const) {
  Fields f;
  element.fields(f);
  return (f.*which)();
}

// A list or map of tables; `dump` gives its values by Fields::values or Fields::digest_values.
template <class T, class Set, class Dump>
Field tables_field(std::string name, std::string type, std::string doc, Set set, Dump dump) {
  return {.name = std::move(name),
          .type = std::move(type),
          .range = {},
          .doc = std::move(doc),
          .set = std::move(set),
          .get = [dump] { return dump(&Fields::values); },
          .digest_value = [dump] { return dump(&Fields::digest_values); },
          .children = {},
          .element_children =
              [](Fields& f) {
                static T example{};
                example.fields(f);
              }};
}

template <class T>
void Fields::list(std::string name, std::vector<T>& target, std::string doc) {
  add(tables_field<T>(
      std::move(name), "list of tables", std::move(doc),
      [&target](const Value& value, const std::string& path, std::vector<Fault>& faults) {
        const Array* const array = expect_array(value, path, faults);
        if (array == nullptr) return;
        target.assign(array->size(), T{});
        for (std::size_t i = 0; i < array->size(); ++i) {
          Fields f;
          target[i].fields(f);
          f.load((*array)[i], path + "[" + std::to_string(i) + "]", faults);
        }
      },
      [&target](auto which) {
        Array out;
        for (auto& element : target) out.push_back(element_values(element, which));
        return Value{std::move(out), {}};
      }));
}

template <class T>
void Fields::map(std::string name, std::map<std::string, T>& target, std::string doc) {
  add(tables_field<T>(
      std::move(name), "tables by name", std::move(doc),
      [&target](const Value& value, const std::string& path, std::vector<Fault>& faults) {
        const Table* const table_value = expect_table(value, path, faults);
        if (table_value == nullptr) return;
        for (const auto& [key, child] : *table_value) {
          Fields f;
          target[key].fields(f);  // an existing entry keeps its own defaults
          f.load(child, join_path(path, key), faults);
        }
      },
      [&target](auto which) {
        Table out;
        for (auto& [key, element] : target) out[key] = element_values(element, which);
        return Value{std::move(out), {}};
      }));
}

}  // namespace genre::config
