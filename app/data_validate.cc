#include <chrono>
#include <cstdio>

#include "data_verbs.h"
#include "genre/base/error.h"
#include "genre/data/data_checks.h"
#include "genre/engine/item_vectors.h"

namespace genre::app {
namespace {

std::int64_t now() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

// What cannot be prepared at all is one check that did not pass.
std::vector<DataCheck> checks_of(const PreparedArguments& arguments, nlohmann::ordered_json& out) {
  const Configuration configuration = load_configuration(arguments.config, arguments.settings);
  const EngineConfig& engine = configuration.engine;
  std::vector<DataCheck> checks = {{"prepared", true, "data that can be prepared", "prepared", ""}};
  try {
    const PreparedData data = prepare(configuration, arguments);
    const Dataset& dataset = data.dataset;
    checks[0].found = std::to_string(dataset.users.size()) + " users, " + std::to_string(dataset.items.size()) +
                      " items, " + std::to_string(dataset.interactions.size()) + " interactions";
    std::vector<std::string> texts;
    if (engine.lm.model != "none" && !dataset.item_fields.fields.empty())
      texts = item_texts_only(engine, dataset).texts;
    for (auto& check : check_dataset(dataset, engine.data, texts, now())) checks.push_back(std::move(check));
    out["rejected_path"] = data.rejected_path.empty() ? nlohmann::ordered_json(nullptr)
                                                      : nlohmann::ordered_json(data.rejected_path.string());
  } catch (const Error& e) {
    if (e.code() == ErrorCode::kInterrupted || e.code() == ErrorCode::kResources) throw;
    checks[0] = {"prepared", false, "data that can be prepared", e.what(), e.hint()};
  }
  return checks;
}

void validate(const PreparedArguments& arguments) {
  nlohmann::ordered_json out = {
      {"config", arguments.config}, {"passed", true}, {"checks", nlohmann::ordered_json::array()}};
  int failed = 0;
  for (const auto& check : checks_of(arguments, out)) {
    failed += check.passed ? 0 : 1;
    out["checks"].push_back(
        {{"check", check.name},
         {"passed", check.passed},
         {"wanted", check.wanted},
         {"found", check.found},
         {"hint", check.hint.empty() ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(check.hint)}});
    if (output().json) continue;
    std::printf("%s  %-16s %s; found: %s\n", check.passed ? "pass" : "FAIL", check.name.c_str(), check.wanted.c_str(),
                check.found.c_str());
    if (!check.hint.empty()) std::printf("      %s\n", check.hint.c_str());
  }
  out["passed"] = failed == 0;
  if (output().json) print_json("data.validate", out);
  // The report is printed; only the exit code is left to give.
  if (failed > 0) throw CLI::RuntimeError(exit_code(ErrorCode::kCheckFailed));
}

}  // namespace

void add_data_validate(CLI::App& data) {
  auto arguments = std::make_shared<PreparedArguments>();
  auto* const verb =
      add_verb(data, "validate", "say pass or fail for each check of the data; exit code 8 where one fails",
               "  genre data validate genre.toml --json\n");
  add_prepared_arguments(*verb, *arguments);
  verb->callback([arguments] { validate(*arguments); });
}

}  // namespace genre::app
