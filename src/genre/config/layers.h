// Configuration layers: defaults < file < GENRE_* environment < --set key=value.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "genre/config/fields.h"
#include "genre/config/value.h"

namespace genre::config {

struct Layers {
  std::optional<std::filesystem::path> file;
  std::vector<std::string> settings;     // "model.l2=300", later ones win
  std::vector<std::string> environment;  // "GENRE_SERVE__PORT=8080"; others than GENRE_* are left out by the caller
};

// The process environment's GENRE_* entries. A double underscore separates tables; GENRE_CACHE, GENRE_PYTHON and
// GENRE_CPU steer the program itself and are no configuration.
std::vector<std::string> process_environment();

// Merges the layers into one document. Throws Error(kConfig), Error(kNotFound), or Error(kUsage) for a setting without
// a key.
Value read_layers(const Layers& layers);

// Loads the document into the fields. Throws one Error(kConfig) that lists every fault with its place, its key path and
// the nearest valid name; the error's own place and key are those of the first.
void apply(const Value& document, const Fields& fields);

// SHA-256 of the canonical JSON (keys sorted, defaults filled in, without what is outside the digest).
std::string digest(const Fields& fields);

}  // namespace genre::config
