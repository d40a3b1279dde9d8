// TOML 1.0 in and out (parsing by toml++).
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "genre/config/value.h"

namespace genre::config {

// Throws Error(kConfig) with file and line.
Value parse_toml(std::string_view text, const std::string& file);
Value parse_toml_file(const std::filesystem::path& path);  // also Error(kNotFound)

// The right side of `--set key=...` or an environment variable: a TOML literal, and anything that is none is text.
Value parse_literal(std::string_view text, const Origin& origin);

// Writes a document that parse_toml reads back to the same values.
std::string to_toml(const Value& table);

}  // namespace genre::config
