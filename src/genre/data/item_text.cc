#include "genre/data/item_text.h"

#include <fmt/format.h>

#include "genre/base/error.h"
#include "genre/base/text_distance.h"

namespace genre {

std::string TextTemplate::fill(const FieldTable& fields, std::int32_t id) const {
  return fill([&](const std::string& name) { return fields.get(name, id); });
}

std::vector<std::string> item_texts(const Dataset& dataset, const TextTemplate& text_template) {
  std::vector<std::string> known;
  for (const auto& [name, values] : dataset.item_fields.fields) known.push_back(name);
  for (const auto& name : text_template.field_names()) {
    if (dataset.item_fields.fields.contains(name)) continue;
    const auto nearest = nearest_name(name, known);
    std::string fields;
    for (const auto& field : known) fields += (fields.empty() ? "" : ", ") + field;
    throw Error(ErrorCode::kConfig, fmt::format("no item source gives the field '{}'", name),
                nearest         ? fmt::format("did you mean '{}'?", *nearest)
                : known.empty() ? "add [[data.items]] with columns for the fields"
                                : "the fields are " + fields,
                {.file = {}, .line = 0, .key = "item_text.template"});
  }
  std::vector<std::string> out;
  out.reserve(static_cast<std::size_t>(dataset.items.size()));
  for (std::int32_t item = 0; item < dataset.items.size(); ++item)
    out.push_back(text_template.fill(dataset.item_fields, item));
  return out;
}

}  // namespace genre
