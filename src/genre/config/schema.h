// The reference of all keys, from the field tables: JSON for programs, Markdown for docs/configuration.md.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "genre/config/fields.h"

namespace genre::config {

// Keys sorted; NaN and infinities become null.
nlohmann::json to_json(const Value& value);

// [{key, type, default, range, doc}], nested keys dotted, options by name listed under "key<name>".
nlohmann::ordered_json schema_json(const Fields& fields);

// One Markdown table for each table of the configuration.
std::string schema_markdown(const Fields& fields);

// The options of one alternative as a Markdown table body, used by `genre models NAME`.
nlohmann::ordered_json alternative_json(const Alternative& alternative);

}  // namespace genre::config
