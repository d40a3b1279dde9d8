#include <fmt/format.h>

#include <algorithm>

#include "genre/base/text_distance.h"
#include "genre/config/fields.h"

namespace genre::config {
namespace {

void load_named(const Value& value, const std::string& path, Alternatives alternatives,
                std::shared_ptr<NamedOptions>& target, std::vector<Fault>& faults) {
  const Table* const table = expect_table(value, path, faults);
  if (table == nullptr) return;
  const auto all = alternatives();
  std::vector<std::string> names;
  for (const auto& alternative : all) names.push_back(alternative.name);
  const auto entry = table->find("name");
  const std::string wanted = "one of " + fmt::format("{}", fmt::join(names, ", "));
  if (entry == table->end()) {
    std::vector<std::string> keys = {"name"};
    std::string hint = wanted;
    Origin origin = value.origin;
    for (const auto& [key, child] : *table) {
      if (!nearest_name(key, keys)) continue;
      hint = fmt::format("'{}' looks like '{}'", join_path(path, key), join_path(path, "name"));
      origin = child.origin;
    }
    // With defaults chosen by the caller a table without a name changes the parameters of that default.
    if (target == nullptr || origin.line != value.origin.line || hint != wanted) {
      faults.push_back(
          {join_path(path, "name"), fmt::format("'{}' is missing", join_path(path, "name")), hint, origin});
      return;
    }
  } else {
    const auto* name = std::get_if<std::string>(&entry->second.data);
    if (name == nullptr) return wrong_type(entry->second, join_path(path, "name"), "text", faults);
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const auto& alternative) { return alternative.name == *name; });
    if (found == all.end()) {
      const auto nearest = nearest_name(*name, names);
      faults.push_back({join_path(path, "name"),
                        fmt::format("'{}' is \"{}\", which is unknown", join_path(path, "name"), *name),
                        nearest ? "did you mean \"" + *nearest + "\"?" : wanted, entry->second.origin});
      return;
    }
    target = found->make();
  }
  Fields f;
  std::string name_now(target->name());
  f.text("name", name_now, "");
  target->fields(f);
  f.load(value, path, faults);
}

Value dump_named(const std::shared_ptr<NamedOptions>& target, Value (Fields::*which)() const) {
  if (target == nullptr) return Value{Table{}, {}};
  Fields f;
  target->fields(f);
  Value out = (f.*which)();
  (*out.table())["name"] = Value{std::string(target->name()), {}};
  return out;
}

}  // namespace

void Fields::named(std::string name, std::shared_ptr<NamedOptions>& target, Alternatives alternatives,
                   std::string doc) {
  add({.name = std::move(name),
       .type = "table chosen by its name",
       .doc = std::move(doc),
       .set = [&target, alternatives](
                  const Value& value, const std::string& path,
                  std::vector<Fault>& faults) { load_named(value, path, alternatives, target, faults); },
       .get = [&target] { return dump_named(target, &Fields::values); },
       .digest_value = [&target] { return dump_named(target, &Fields::digest_values); },
       .alternatives = alternatives});
}

void Fields::named_list(std::string name, std::vector<std::shared_ptr<NamedOptions>>& target, Alternatives alternatives,
                        std::string doc) {
  const auto dump = [&target](Value (Fields::*which)() const) {
    Array out;
    for (const auto& element : target) out.push_back(dump_named(element, which));
    return Value{std::move(out), {}};
  };
  add({.name = std::move(name),
       .type = "list of tables chosen by their names",
       .doc = std::move(doc),
       .set =
           [&target, alternatives](const Value& value, const std::string& path, std::vector<Fault>& faults) {
             const Array* const array = expect_array(value, path, faults);
             if (array == nullptr) return;
             target.assign(array->size(), nullptr);
             for (std::size_t i = 0; i < array->size(); ++i)
               load_named((*array)[i], path + "[" + std::to_string(i) + "]", alternatives, target[i], faults);
           },
       .get = [dump] { return dump(&Fields::values); },
       .digest_value = [dump] { return dump(&Fields::digest_values); },
       .alternatives = alternatives});
}

}  // namespace genre::config
