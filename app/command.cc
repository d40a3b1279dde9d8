#include "command.h"

#include <cstdio>

#include "genre/base/log.h"

namespace genre::app {

Output& output() {
  static Output instance;
  return instance;
}

CLI::App* add_verb(CLI::App& parent, const std::string& name, const std::string& doc, const std::string& examples) {
  CLI::App* const verb = parent.add_subcommand(name, doc);
  verb->add_flag("--json", output().json, "print one JSON object on stdout");
  if (!examples.empty()) verb->description(doc + "\n\nExamples:\n" + examples);
  return verb;
}

void print_json(const std::string& verb, const nlohmann::ordered_json& fields) {
  nlohmann::ordered_json out = {{"schema", "genre." + verb + "/1"}};
  out.update(fields);
  std::puts(out.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
}

void print_error(const Error& error) {
  std::fprintf(stderr, "error: %s\n", error.what());
  if (!error.hint().empty()) std::fprintf(stderr, "hint: %s\n", error.hint().c_str());
  if (!output().json) return;
  const auto text = [](const std::string& value) {
    return value.empty() ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(value);
  };
  const Place& place = error.place();
  const nlohmann::ordered_json out = {
      {"error",
       {{"code", error_name(error.code())},
        {"message", error.message()},
        {"file", text(place.file)},
        {"line", place.line > 0 ? nlohmann::ordered_json(place.line) : nlohmann::ordered_json(nullptr)},
        {"key", text(place.key)},
        {"hint", text(error.hint())}}}};
  std::puts(out.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
}

}  // namespace genre::app
