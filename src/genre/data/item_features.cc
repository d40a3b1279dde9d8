#include "genre/data/item_features.h"

#include <map>

#include "genre/data/field_values.h"

namespace genre {

void ItemFeatureOptions::fields(config::Fields& f) {
  f.texts("fields", fields_used, "item fields whose values become features, for models with side information");
  f.text("separator", separator, "parts a field that holds several values; empty: each field is one value");
  f.integer("minimum_items", minimum_items, {.minimum = 1, .maximum = 1e6}, "values of fewer items are left out");
}

ItemFeatures item_features(const Dataset& dataset, const ItemFeatureOptions& options) {
  ItemFeatures out;
  std::vector<Triplet> entries;
  for (const auto& field : options.fields_used) {
    const auto& texts = field_cells(dataset.item_fields, "item", field, "item_features.fields");
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
