#include "genre/data/item_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "genre/base/error.h"
#include "genre/base/text_distance.h"

namespace genre {

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

std::string history_text(const Dataset& dataset, std::span<const std::string> texts, std::int32_t user, unsigned parts,
                         const HistoryTextOptions& options) {
  static const std::map<std::string, std::string> kVerbs = {{"view", "viewed"},          {"click", "clicked"},
                                                            {"purchase", "bought"},      {"rating", "rated"},
                                                            {"comment", "commented on"}, {"share", "shared"}};
  const Interactions& all = dataset.interactions;
  const auto [first, last] = std::equal_range(all.user.begin(), all.user.end(), user);
  std::vector<std::string> phrases;
  for (auto at = last; at != first && static_cast<int>(phrases.size()) < options.maximum_items;) {
    const auto i = static_cast<std::size_t>(--at - all.user.begin());
    if ((parts >> all.part[i] & 1u) == 0 || texts[all.item[i]].empty()) continue;
    const std::string& type = dataset.types[all.type[i]];
    const auto verb = kVerbs.find(type);
    std::string phrase = verb == kVerbs.end() ? type : verb->second;
    if (type == "rating") phrase += fmt::format(" {:g}", all.value[i]);
    phrases.push_back(phrase + ": " + texts[all.item[i]]);
  }
  if (!options.newest_first) std::reverse(phrases.begin(), phrases.end());
  std::string out;
  for (const auto& phrase : phrases) out += (out.empty() ? "" : "; ") + phrase;
  return out;
}

}  // namespace genre
