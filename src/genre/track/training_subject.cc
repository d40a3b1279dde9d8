#include "genre/track/training_subject.h"

#include <fmt/format.h>

#include <type_traits>
#include <variant>

namespace genre {
namespace {

using Settings = std::vector<std::pair<std::string, std::string>>;

bool is_plain(const config::Array& array) {
  for (const auto& one : array)
    if (one.table() != nullptr || one.array() != nullptr) return false;
  return true;
}

std::string plain_text(const config::Value& value) {
  return std::visit(
      [](const auto& data) -> std::string {
        using T = std::decay_t<decltype(data)>;
        if constexpr (std::is_same_v<T, std::string>) return data;
        if constexpr (std::is_arithmetic_v<T>) return fmt::format("{}", data);
        if constexpr (std::is_same_v<T, config::Array>) {
          std::string out;
          for (const auto& one : data) out += (out.empty() ? "" : ", ") + plain_text(one);
          return out;
        }
        return {};
      },
      value.data);
}

void flatten(const config::Value& value, const std::string& path, Settings& out) {
  const auto below = [&](const std::string& key) { return path.empty() ? key : path + "." + key; };
  if (const config::Table* const table = value.table()) {
    for (const auto& [key, child] : *table) flatten(child, below(key), out);
  } else if (const config::Array* const array = value.array(); array != nullptr && !is_plain(*array)) {
    for (std::size_t i = 0; i < array->size(); ++i) flatten((*array)[i], below(std::to_string(i)), out);
  } else {
    out.emplace_back(path, plain_text(value));
  }
}

}  // namespace

std::vector<std::pair<std::string, std::string>> flat_settings(const config::Value& configuration) {
  Settings out;
  flatten(configuration, "", out);
  return out;
}

}  // namespace genre
