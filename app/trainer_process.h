// genre-trainer, started on the folder of a run.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

namespace genre::app {

// Writes RUN/spec.json, starts genre-trainer, as many of them as spec.processes says, shows what it does on stderr
// under `label`, and returns the fields of its event `done`. Throws the error that it reports, Error(kDependency) where
// it is not installed, or Error(kInterrupted) with `resume` as the next step.
nlohmann::ordered_json run_trainer(const std::filesystem::path& run, const nlohmann::ordered_json& spec,
                                   const std::string& label, const std::string& resume);

}  // namespace genre::app
