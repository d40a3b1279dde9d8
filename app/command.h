// What every verb shares: how it is registered, how results and failures are printed.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "genre/base/error.h"

namespace genre::app {

// Set once while the command line is parsed.
struct Output {
  bool json = false;
};
Output& output();

// Adds the verb with its help and `--json`; the callback runs after parsing.
CLI::App* add_verb(CLI::App& parent, const std::string& name, const std::string& doc, const std::string& examples);

// One JSON object on stdout, its first field the schema "genre.VERB/1". NaN must already be null.
void print_json(const std::string& verb, const nlohmann::ordered_json& fields);
void print_error(const Error& error);

// Each verb's file defines one of these.
void add_config(CLI::App& app);
void add_data(CLI::App& app);
void add_demo(CLI::App& app);
void add_evaluate(CLI::App& app);
void add_init(CLI::App& app);
void add_lm(CLI::App& app);
void add_metrics(CLI::App& app);
void add_models(CLI::App& app);
void add_off_policy(CLI::App& app);
void add_recommend(CLI::App& app);  // recommend, similar, search
void add_serve(CLI::App& app);
void add_train(CLI::App& app);

}  // namespace genre::app
