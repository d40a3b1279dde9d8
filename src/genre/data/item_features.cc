#include "genre/data/item_features.h"

#include <fmt/format.h>

#include <map>

#include "genre/base/error.h"
#include "genre/base/text_distance.h"

namespace genre {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

template <class Use>
void for_each_value(std::string_view text, const std::string& separator, const Use& use) {
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = separator.empty() ? text.size() : std::min(text.find(separator, begin), text.size());
    if (const auto value = trimmed(text.substr(begin, end - begin)); !value.empty()) use(value);
    begin = end + std::max<std::size_t>(separator.size(), 1);
  }
}

const std::vector<std::string>& column(const Dataset& dataset, const std::string& field) {
  const auto found = dataset.item_fields.fields.find(field);
  if (found != dataset.item_fields.fields.end()) return found->second;
  std::vector<std::string> names;
  for (const auto& [name, values] : dataset.item_fields.fields) names.push_back(name);
  const auto nearest = nearest_name(field, names);
  throw Error(ErrorCode::kConfig, fmt::format("no item source has the field '{}'", field),
              nearest ? fmt::format("did you mean '{}'?", *nearest) : "name it in columns of [[data.items]]",
              {.key = "item_features.fields"});
}

}  // namespace

void ItemFeatureOptions::fields(config::Fields& f) {
  f.texts("fields", fields_used, "item fields whose values become features, for models with side information");
  f.text("separator", separator, "parts a field that holds several values; empty: each field is one value");
  f.integer("minimum_items", minimum_items, {.minimum = 1, .maximum = 1e6}, "values of fewer items are left out");
}

ItemFeatures item_features(const Dataset& dataset, const ItemFeatureOptions& options) {
  ItemFeatures out;
  std::vector<Triplet> entries;
  for (const auto& field : options.fields_used) {
    const auto& texts = column(dataset, field);
    std::map<std::string, std::vector<std::int32_t>, std::less<>> items_of;
    for (std::size_t item = 0; item < texts.size(); ++item)
      for_each_value(texts[item], options.separator, [&](std::string_view value) {
        auto found = items_of.find(value);
        if (found == items_of.end()) found = items_of.emplace(value, std::vector<std::int32_t>()).first;
        const auto id = static_cast<std::int32_t>(item);
        if (found->second.empty() || found->second.back() != id) found->second.push_back(id);
      });
    for (const auto& [value, items] : items_of) {
      if (static_cast<int>(items.size()) < options.minimum_items) continue;
      for (const std::int32_t item : items)
        entries.push_back({item, static_cast<std::int32_t>(out.names.size()), 1.0f});
      out.names.push_back(field + "=" + value);
    }
  }
  out.matrix = csr_from_triplets(dataset.items.size(), static_cast<std::int64_t>(out.names.size()), std::move(entries));
  return out;
}

}  // namespace genre
