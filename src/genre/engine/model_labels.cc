#include "genre/engine/model_labels.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "genre/config/schema.h"
#include "genre/rec/registry.h"

namespace genre {
namespace {

std::string in_one_line(const nlohmann::ordered_json& value) {
  std::string text = value.is_string() ? value.get<std::string>() : value.dump();
  for (std::size_t at; (at = text.find_first_of("\r\n")) != std::string::npos;)
    text.replace(at, 1, text[at] == '\n' ? "\\n" : "\\r");
  return text;
}

// A value in few characters: a table that has a name by it, a long text by its ends.
std::string in_short(const nlohmann::ordered_json& value) {
  constexpr std::size_t kLongest = 40, kHead = 12, kTail = 27;
  if (value.is_object() && value.contains("name")) return value["name"].get<std::string>();
  if (value.is_array() && std::ranges::all_of(value, [](const auto& one) { return one.is_object(); })) {
    std::vector<std::string> parts;
    for (const auto& one : value) parts.push_back(in_short(one));
    return fmt::format("[{}]", fmt::join(parts, ", "));
  }
  const std::string text = in_one_line(value);
  if (!value.is_string() || text.size() <= kLongest) return text;
  std::size_t head = kHead, tail = text.size() - kTail;
  const auto inside = [&](std::size_t at) { return (static_cast<unsigned char>(text[at]) & 0xC0u) == 0x80u; };
  while (head > 0 && inside(head)) --head;
  while (tail < text.size() && inside(tail)) ++tail;
  return text.substr(0, head) + "…" + text.substr(tail);
}

}  // namespace

std::vector<std::string> model_labels(const std::vector<std::shared_ptr<RecommenderOptions>>& models) {
  using Json = nlohmann::ordered_json;
  const auto values = [](RecommenderOptions& options) {
    config::Fields fields;
    options.fields(fields);
    return Json(config::to_json(fields.values()));
  };
  std::vector<Json> of_models;
  for (const auto& model : models) of_models.push_back(values(*model));
  const auto labels = [&](bool shortened) {
    std::vector<std::string> out;
    for (std::size_t m = 0; m < models.size(); ++m) {
      std::string label(models[m]->name());
      const Json standard = values(*make_recommender_options(label));
      for (const auto& [key, value] : of_models[m].items()) {
        if (standard.contains(key) && standard[key] == value) continue;
        bool tells_apart = false;
        for (std::size_t other = 0; other < models.size(); ++other)
          if (models[other]->name() == models[m]->name())
            tells_apart = tells_apart || !of_models[other].contains(key) || of_models[other][key] != value;
        if (!tells_apart) continue;
        label += fmt::format(" {}={}", key, shortened ? in_short(value) : in_one_line(value));
      }
      out.push_back(std::move(label));
    }
    return out;
  };
  std::vector<std::string> out = labels(/*shortened=*/true);
  if (std::set<std::string>(out.begin(), out.end()).size() < out.size()) out = labels(/*shortened=*/false);
  for (std::size_t m = 0; m < out.size(); ++m)
    while (std::find(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(m), out[m]) !=
           out.begin() + static_cast<std::ptrdiff_t>(m))
      out[m] += "'";
  return out;
}

}  // namespace genre
