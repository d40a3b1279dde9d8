// What a route takes, as one table that checks requests, names unknown fields, and writes the OpenAPI document.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace genre {

enum class ParameterPlace { kPath, kQuery, kBody };
enum class ParameterType { kText, kInteger, kNumber, kFlag, kTexts, kTimestamp };
enum class Presence { kOptional, kRequired };

struct Parameter {
  std::string name;
  ParameterPlace place = ParameterPlace::kBody;
  ParameterType type = ParameterType::kText;
  Presence presence = Presence::kOptional;
  // Inclusive: the value of a number, the bytes of a text, the count of a list (whose texts hold 1 to kIdBytes bytes).
  double minimum = 0, maximum = 0;
  std::string doc;
};
inline constexpr int kIdBytes = 256;

// Checked values by parameter name.
class Arguments {
 public:
  using Value = std::variant<std::string, std::int64_t, double, bool, std::vector<std::string>>;
  void set(const std::string& name, Value value) { values_[name] = std::move(value); }
  bool has(const std::string& name) const { return values_.count(name) > 0; }
  // Absent parameters read as the fallback. A type other than the table's is an assert.
  std::string text(const std::string& name) const { return get<std::string>(name, {}); }
  std::vector<std::string> texts(const std::string& name) const { return get<std::vector<std::string>>(name, {}); }
  std::int64_t integer(const std::string& name, std::int64_t fallback) const { return get(name, fallback); }
  double number(const std::string& name, double fallback) const { return get(name, fallback); }
  bool flag(const std::string& name) const { return get(name, false); }

 private:
  template <class T>
  T get(const std::string& name, T fallback) const {
    const auto found = values_.find(name);
    return found == values_.end() ? fallback : std::get<T>(found->second);
  }
  std::map<std::string, Value> values_;
};

// Each throws Problem 400: "unknown_field" with the nearest known name, "missing_field", or "bad_field"; `place` of the
// problem is a JSON pointer under `prefix`, or "?name".
// Fields of a JSON object; null counts as absent. Reads the parameters of place kBody.
void read_object(const nlohmann::json& object, std::span<const Parameter> parameters, const std::string& prefix,
                 Arguments& out);
// Name-value pairs after the question mark. Reads the parameters of place kQuery.
void read_query(std::span<const std::pair<std::string, std::string>> query, std::span<const Parameter> parameters,
                Arguments& out);
// One decoded path segment.
void read_segment(const std::string& segment, const Parameter& parameter, Arguments& out);

}  // namespace genre
