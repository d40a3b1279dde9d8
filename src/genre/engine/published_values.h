// What others report of the models of a configuration, to stand beside what comes out here.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "genre/engine/config.h"
#include "genre/track/report.h"

namespace genre {

struct PublishedValues {
  std::string source;                                 // "" where the configuration does not say
  std::vector<std::map<std::string, double>> models;  // metric -> value, in the order of EngineConfig::recommenders()
  bool empty() const;
};

// Throws Error(kConfig) with the key of a value whose metric is not evaluated.
PublishedValues published_values(const EngineConfig& config);

// Into what evaluation_json makes of the same models: `published` in each of the results that has values, and
// `published_source` where it is said.
void add_published(nlohmann::ordered_json& evaluation, const PublishedValues& published);

// Ours, published and difference, one row a value; `evaluation` has them already.
ReportTable published_table(const nlohmann::ordered_json& evaluation);

}  // namespace genre
