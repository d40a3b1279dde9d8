#include "genre/config/layers.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "genre/base/error.h"
#include "genre/base/sha256.h"
#include "genre/config/schema.h"
#include "genre/config/toml.h"

extern char** environ;

namespace genre::config {
namespace {

constexpr std::string_view kPrefix = "GENRE_";
constexpr std::string_view kReserved[] = {"GENRE_CACHE", "GENRE_PYTHON", "GENRE_CPU"};

std::string key_of_variable(std::string_view name) {
  std::string key;
  for (std::size_t i = kPrefix.size(); i < name.size(); ++i) {
    if (name.substr(i, 2) == "__") {
      key += '.';
      ++i;
    } else {
      key += static_cast<char>(std::tolower(static_cast<unsigned char>(name[i])));
    }
  }
  return key;
}

}  // namespace

std::vector<std::string> process_environment() {
  std::vector<std::string> out;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    if (text.starts_with(kPrefix)) out.emplace_back(text);
  }
  std::sort(out.begin(), out.end());
  return out;
}

Value read_layers(const Layers& layers) {
  Value document;
  if (layers.file) document = parse_toml_file(*layers.file);
  for (const auto& entry : layers.environment) {
    const std::size_t equals = entry.find('=');
    const std::string name = entry.substr(0, equals);
    if (equals == std::string::npos ||
        std::find(std::begin(kReserved), std::end(kReserved), name) != std::end(kReserved))
      continue;
    set_path(document, key_of_variable(name), parse_literal(entry.substr(equals + 1), {name, 0}));
  }
  for (const auto& setting : layers.settings) {
    const std::size_t equals = setting.find('=');
    if (equals == std::string::npos || equals == 0)
      throw Error(ErrorCode::kUsage, "--set wants key=value, found '" + setting + "'",
                  "for example --set model.l2=300");
    set_path(document, setting.substr(0, equals), parse_literal(setting.substr(equals + 1), {"--set", 0}));
  }
  return document;
}

void apply(const Value& document, const Fields& fields) {
  std::vector<Fault> faults;
  fields.load(document, "", faults);
  if (faults.empty()) return;
  std::stable_sort(faults.begin(), faults.end(),
                   [](const Fault& a, const Fault& b) { return a.origin.line < b.origin.line; });
  const Fault& first = faults.front();
  const Place place{.file = first.origin.file, .line = first.origin.line, .key = first.key};
  if (faults.size() == 1) throw Error(ErrorCode::kConfig, first.message, first.hint, place);
  std::string message = fmt::format("{} faults in the configuration:", faults.size());
  for (const auto& fault : faults)
    message += fmt::format("\n  {}: {}{}", fault.origin.text(), fault.message,
                           fault.hint.empty() ? "" : " (" + fault.hint + ")");
  throw Error(ErrorCode::kConfig, message, "'genre config schema' lists every key", {.key = first.key});
}

std::string digest(const Fields& fields) { return sha256_hex(to_json(fields.digest_values()).dump()); }

}  // namespace genre::config
